/* What a thread of server.c serves: lines with pages, their answers, and the environment of the page that it is at. */

typedef struct {
	char *name, *value;
} variable;

/* What a thread serves, and the page it is at. */
typedef struct {
	pthread_t thread;
	FILE *pages, *answers;
	char *line;
	size_t line_room;
	char *cookies, *query;
	variable variables[64];
	size_t variable_count;
	unsigned served;
} lane;

static __thread lane *here;
/* --- the environment of a page --- */

static char *page_variable(const char *name, size_t len)
{
	size_t i;

	for (i = here ? here->variable_count : 0; i-- > 0;) {
		if (strlen(here->variables[i].name) == len && memcmp(here->variables[i].name, name, len) == 0) {
			return here->variables[i].value;
		}
	}
	return NULL;
}

/* NAME=VALUE */
static void set_page_variable(const char *setting, size_t len)
{
	const char *equals = memchr(setting, '=', len);
	variable *set = &here->variables[here->variable_count % 64];

	if (equals && here->variable_count < 64) {
		set->name = strndup(setting, equals - setting);
		set->value = strndup(equals + 1, setting + len - equals - 1);
		here->variable_count++;
	}
}

static void forget_page_variables(void)
{
	while (here->variable_count) {
		variable *set = &here->variables[--here->variable_count];
		free(set->name);
		free(set->value);
	}
}

/* What setenv() may do, each time: the C library moves the array when it finds no room to extend it. */
static void add_to_process(const char *setting, size_t len)
{
	static pthread_mutex_t writers = PTHREAD_MUTEX_INITIALIZER;
	static char **own;
	char **moved;
	size_t count = 0;

	pthread_mutex_lock(&writers);
	while (environ[count]) {
		count++;
	}
	moved = calloc(count + 2, sizeof(*moved));
	memcpy(moved, environ, count * sizeof(*moved));
	moved[count] = strndup(setting, len);
	environ = moved;
	free(own);
	own = moved;
	pthread_mutex_unlock(&writers);
}

static PHP_FUNCTION(threads_putenv)
{
	char *setting;
	size_t len;

	ZEND_PARSE_PARAMETERS_START(1, 1)
		Z_PARAM_STRING(setting, len)
	ZEND_PARSE_PARAMETERS_END();
	set_page_variable(setting, len);
	add_to_process(setting, len);
	RETURN_TRUE;
}

/* --- pages and answers --- */

/* A tab or the end of the line ends a field. */
static char *next_field(char **rest)
{
	char *field = *rest, *end = field + strcspn(field, "\t\n");

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return field;
}

static bool next_page(void)
{
	char *rest, *variables, *setting, *state;

	if (getline(&here->line, &here->line_room, here->pages) < 0) {
		return false;
	}
	rest = here->line;
	here->cookies = next_field(&rest);
	here->query = next_field(&rest);
	variables = next_field(&rest);
	for (setting = strtok_r(variables, "&", &state); setting; setting = strtok_r(NULL, "&", &state)) {
		set_page_variable(setting, strlen(setting));
	}
	SG(server_context) = here;
	SG(request_info).request_method = "GET";
	SG(request_info).request_uri = "/";
	SG(request_info).query_string = here->query;
	SG(request_info).cookie_data = here->cookies;
	SG(sapi_headers).http_response_code = 200;
	return true;
}

static void end_page(void)
{
	fputc('\n', here->answers);
	forget_page_variables();
	here->cookies = NULL;
	here->served++;
}

static size_t write_output(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		fputc(text[i] == '\n' ? ' ' : text[i], here->answers);
	}
	return len;
}

static void no_flush(void *context) { (void) context; }
static int no_deactivate(void) { return SUCCESS; }
static char *read_cookies(void) { return here ? here->cookies : NULL; }
static int send_headers(sapi_headers_struct *headers) { (void) headers; return SAPI_HEADER_SENT_SUCCESSFULLY; }
static void log_message(const char *message, int type) { (void) type; fprintf(stderr, "%s\n", message); }
