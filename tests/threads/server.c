/* A server of PHP pages on threads, as FrankenPHP is one, for tests: pages come from files, answers go to files.
 *
 *     server classic|worker SCRIPT FOLDER THREADS [INI LINE]...
 *
 * Thread N serves the lines of FOLDER/N.pages in their order: cookies, query string and the server's variables for this
 * page (NAME=VALUE&...), a tab between them. It writes what each page prints as one line to FOLDER/N.answers. `classic`
 * runs SCRIPT as a request of its own for each; `worker` runs it once, and SCRIPT calls frankenphp_handle_request(callable) for each
 * until that returns false. After a page that ends the script (exit, a fatal error), a worker begins once more.
 *
 * putenv() is as there: the process's environment, without PHP's lock, and a table of the page's own. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "php.h"
#include "SAPI.h"
#include "php_main.h"
#include "php_output.h"
#include "php_variables.h"
#include "sapi/embed/php_embed.h"
#include "zend_exceptions.h"
#include "zend_smart_str.h"

ZEND_TSRMLS_CACHE_DEFINE()

#include "page.h"

static const char *script;
static bool is_worker;
static pthread_barrier_t all_ready;

/* --- a worker's pages --- */

static void call_module(const char *name, bool startup)
{
	zend_module_entry *module = zend_hash_str_find_ptr(&module_registry, name, strlen(name));

	if (startup) {
		module->request_startup_func(module->type, module->module_number);
	} else {
		module->request_shutdown_func(module->type, module->module_number);
	}
}

static void import_globals(void)
{
	zend_auto_global *global;

	zend_hash_str_del(&EG(symbol_table), ZEND_STRL("_SESSION"));
	ZEND_HASH_FOREACH_PTR(CG(auto_globals), global) {
		if (global->auto_global_callback && !global->jit) {
			global->armed = global->auto_global_callback(global->name);
		}
	} ZEND_HASH_FOREACH_END();
}

/* Output leaves before the session is stored: shutdown functions run at the worker's end only. */
static void end_worker_page(void)
{
	php_output_end_all();
	call_module("session", false);
	php_output_deactivate();
	sapi_deactivate();
	end_page();
}

static PHP_FUNCTION(frankenphp_handle_request)
{
	zend_fcall_info call;
	zend_fcall_info_cache cache;
	zval result;

	ZEND_PARSE_PARAMETERS_START(1, 1)
		Z_PARAM_FUNC(call, cache)
	ZEND_PARSE_PARAMETERS_END();
	if (!next_page()) {
		RETURN_FALSE;
	}
	php_output_activate();
	PG(header_is_being_sent) = 0;
	sapi_activate();
	import_globals();
	call_module("session", true);
	SG(sapi_started) = 1;
	ZVAL_UNDEF(&result);
	call.retval = &result;
	zend_call_function(&call, &cache);
	if (EG(exception)) {
		if (zend_is_unwind_exit(EG(exception))) {
			zend_bailout();
		}
		zend_exception_error(EG(exception), E_ERROR);
	}
	zval_ptr_dtor(&result);
	end_worker_page();
	RETURN_TRUE;
}

/* --- threads --- */

ZEND_BEGIN_ARG_INFO_EX(a_callable, 0, 0, 1)
	ZEND_ARG_INFO(0, callback)
ZEND_END_ARG_INFO()

static const zend_function_entry functions[] = {
	PHP_FE(frankenphp_handle_request, a_callable)
	PHP_FE_END
};

static PHP_MINIT_FUNCTION(threads)
{
	zend_internal_function *function = zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("putenv"));

	(void) type;
	(void) module_number;
	function->handler = ZEND_FN(threads_putenv);
	return SUCCESS;
}

static zend_module_entry module = {
	STANDARD_MODULE_HEADER, "threads", functions, PHP_MINIT(threads), NULL, NULL, NULL, NULL, "1", STANDARD_MODULE_PROPERTIES
};

static int start_modules(sapi_module_struct *server)
{
	return php_module_startup(server, &module);
}

static void run_script(void)
{
	zend_file_handle file;

	if (php_request_startup() == FAILURE) {
		abort();
	}
	zend_stream_init_filename(&file, script);
	file.primary_script = true;
	zend_first_try {
		php_execute_script(&file);
	} zend_end_try();
	php_request_shutdown(NULL);
}

/* A worker's script begins without a page, and what ends it has ended a page, but for the last time. */
static void serve_as_worker(void)
{
	unsigned before;

	do {
		SG(server_context) = here;
		SG(request_info).query_string = "";
		before = here->served;
		run_script();
		if (here->cookies) {
			end_page();
		}
	} while (here->served != before && !feof(here->pages));
}

static void *serve(void *own)
{
	here = own;
	(void) ts_resource(0);
	ZEND_TSRMLS_CACHE_UPDATE();
	pthread_barrier_wait(&all_ready);
	if (is_worker) {
		serve_as_worker();
	} else {
		while (next_page()) {
			run_script();
			end_page();
		}
	}
	ts_free_thread();
	return NULL;
}

static FILE *open_file(const char *folder, int lane, const char *kind, const char *mode)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d.%s", folder, lane, kind);
	file = fopen(path, mode);
	if (!file) {
		perror(path);
		exit(2);
	}
	return file;
}

static void start_php(int lines, char **line)
{
	smart_str ini = {0};
	int i;

	php_tsrm_startup();
	zend_signal_startup();
	smart_str_appends_ex(&ini, "display_errors=1\nhtml_errors=0\nimplicit_flush=1\nmax_input_time=-1\n", true);
	for (i = 0; i < lines; i++) {
		smart_str_appends_ex(&ini, line[i], true);
		smart_str_appendc_ex(&ini, '\n', true);
	}
	smart_str_0(&ini);
	php_embed_module.php_ini_ignore = 1;
	php_embed_module.ub_write = write_output;
	php_embed_module.flush = no_flush;
	php_embed_module.deactivate = no_deactivate;
	php_embed_module.getenv = page_variable;
	php_embed_module.read_cookies = read_cookies;
	php_embed_module.send_headers = send_headers;
	php_embed_module.log_message = log_message;
	php_embed_module.startup = start_modules;
	sapi_startup(&php_embed_module);
	php_embed_module.ini_entries = ZSTR_VAL(ini.s);
	if (php_embed_module.startup(&php_embed_module) == FAILURE) {
		exit(2);
	}
}

int main(int count, char **argument)
{
	int threads, i;
	lane *lanes;

	if (count < 5) {
		return 2;
	}
	is_worker = strcmp(argument[1], "worker") == 0;
	script = argument[2];
	threads = atoi(argument[4]);
	start_php(count - 5, argument + 5);
	lanes = calloc(threads, sizeof(*lanes));
	pthread_barrier_init(&all_ready, NULL, threads);
	for (i = 0; i < threads; i++) {
		lanes[i].pages = open_file(argument[3], i, "pages", "r");
		lanes[i].answers = open_file(argument[3], i, "answers", "w");
		pthread_create(&lanes[i].thread, NULL, serve, &lanes[i]);
	}
	for (i = 0; i < threads; i++) {
		pthread_join(lanes[i].thread, NULL);
		fclose(lanes[i].answers);
		fclose(lanes[i].pages);
		free(lanes[i].line);
	}
	free(lanes);
	php_module_shutdown();
	sapi_shutdown();
	tsrm_shutdown();
	return 0;
}
