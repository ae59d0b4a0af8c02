/* Module entry: loading, INI, phpinfo(). */
#include "dynamosess.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "SAPI.h"
#include "php_main.h"
#include "ext/standard/info.h"

#if defined(ZTS) && defined(COMPILE_DL_DYNAMOSESS)
ZEND_TSRMLS_CACHE_DEFINE()
#endif

ZEND_DECLARE_MODULE_GLOBALS(dynamosess)

dynamosess_session_api dynamosess_php_session;

const char *dynamosess_ini(const char *name, size_t name_len)
{
	bool exists = false;

	return zend_ini_string_ex((char *) name, name_len, 0, &exists);
}

/* PHP takes "2M" and "0x708" too, as OnUpdateLong() does. Only the text of an error, which PHP has told already, could run
 * into the memory limit and leave. */
zend_long dynamosess_gc_maxlifetime(void)
{
	zend_ini_entry *entry = zend_hash_str_find_ptr(EG(ini_directives), ZEND_STRL("session.gc_maxlifetime"));
	zend_string *error = NULL;
	volatile zend_long seconds = 0;

	zend_try {
		seconds = entry && entry->value ? zend_ini_parse_quantity(entry->value, &error) : 0;
	} zend_end_try();
	if (error) {
		zend_string_release(error);
	}
	return seconds;
}

int dynamosess_has_serializer(const char *name)
{
	return dynamosess_php_session.find_serializer(name) != NULL;
}

size_t dynamosess_configured(char *to, size_t room)
{
	zend_string *name;
	size_t len = 0;

	ZEND_HASH_FOREACH_STR_KEY(php_ini_get_configuration_hash(), name) {
		size_t more;
		if (!name || strncasecmp(ZSTR_VAL(name), ZEND_STRL("dynamo")) != 0) {
			continue;
		}
		more = ZSTR_LEN(name) + 1;
		if (len + more <= room) {
			memcpy(to + len, ZSTR_VAL(name), more);
		}
		len += more;
	} ZEND_HASH_FOREACH_END();
	return len;
}

const char *dynamosess_php_version(void)
{
	return PHP_VERSION;
}

/* The id that PHP itself would make: length and alphabet are its settings. */
zend_string *dynamosess_new_id(void)
{
	return dynamosess_php_session.create_id(NULL);
}

static void dynamosess_globals_ctor(zend_dynamosess_globals *globals)
{
#if defined(ZTS) && defined(COMPILE_DL_DYNAMOSESS)
	ZEND_TSRMLS_CACHE_UPDATE();
#endif
	memset(globals, 0, sizeof(*globals));
	ZVAL_UNDEF(&globals->page);
}

/* Called before every change of an entry of ours, wherever it comes from. */
static ZEND_INI_MH(dynamosess_on_modify)
{
	dynamosess_ini_changes();
	return SUCCESS;
}

/* phpinfo()'s own list of INI entries; of a URL without user and password, which it must not have in the first place. */
static ZEND_INI_DISP(dynamosess_display_url)
{
	zend_string *value = type == ZEND_INI_DISPLAY_ORIG && ini_entry->modified ? ini_entry->orig_value : ini_entry->value;
	const char *text = value && ZSTR_LEN(value) ? ZSTR_VAL(value) : "no value";
	const char *at = strrchr(text, '@');

	if (at) {
		PUTS("[hidden]");
		text = at;
	}
	if (sapi_module.phpinfo_as_text) {
		PUTS(text);
	} else {
		php_html_puts(text, strlen(text));
	}
}

/* phpinfo()'s own list of INI entries, of a secret. */
static ZEND_INI_DISP(dynamosess_display_secret)
{
	zend_string *value = type == ZEND_INI_DISPLAY_ORIG && ini_entry->modified ? ini_entry->orig_value : ini_entry->value;

	PUTS(value && ZSTR_LEN(value) ? "[hidden]" : "no value");
}

/* PHP 8.6 reads them for as long as their entries are registered. */
static zend_ini_entry_def *dynamosess_ini_defs;

/* The settings' one table is the core's. */
static zend_result dynamosess_register_ini(int module_number)
{
	size_t count = dynamosess_settings(NULL, 0), i;
	dynamosess_setting *settings = calloc(count, sizeof(*settings));
	zend_ini_entry_def *defs = dynamosess_ini_defs = calloc(count + 1, sizeof(*defs));

	if (!settings || !defs) {
		return FAILURE;
	}
	dynamosess_settings(settings, count);
	for (i = 0; i < count; i++) {
		defs[i].name = settings[i].ini_name;
		defs[i].on_modify = dynamosess_on_modify;
		defs[i].name_length = (uint16_t) strlen(settings[i].ini_name);
		defs[i].value = settings[i].initial;
		defs[i].value_length = settings[i].initial ? (uint32_t) strlen(settings[i].initial) : 0;
		defs[i].displayer = settings[i].hides == DS_HIDES_ALL ? dynamosess_display_secret
			: settings[i].hides == DS_HIDES_USER ? dynamosess_display_url : NULL;
		defs[i].modifiable = settings[i].system_only ? PHP_INI_SYSTEM : PHP_INI_ALL;
	}
	free(settings);
	return zend_register_ini_entries(defs, module_number);
}

/* A session cannot be opened with such keys; that is known now, and not only when a visitor comes. */
static void dynamosess_warn_of_keys(void)
{
	dynamosess_reply reply = {0};

	dynamosess_read_keys(&reply);
	if (reply.warnings_len) {
		zend_error(E_CORE_WARNING, "dynamosess: %.*s", (int) reply.warnings_len, reply.warnings);
	}
	dynamosess_reply_free(&reply);
}

static PHP_MINIT_FUNCTION(dynamosess)
{
	if (type != MODULE_TEMPORARY) {
		dynamosess_environment_capture();
	}
	dynamosess_module_start(type == MODULE_TEMPORARY);
	dynamosess_php_session.register_module = dlsym(RTLD_DEFAULT, "php_session_register_module");
	dynamosess_php_session.create_id = dlsym(RTLD_DEFAULT, "php_session_create_id");
	dynamosess_php_session.find_serializer = dlsym(RTLD_DEFAULT, "_php_find_ps_serializer");
	if (!dynamosess_php_session.register_module || !dynamosess_php_session.create_id
		|| !dynamosess_php_session.find_serializer) {
		zend_error(E_CORE_WARNING, "dynamosess: PHP's session extension is not loaded; load it before dynamosess");
		return FAILURE;
	}
	if (dynamosess_register_ini(module_number) == FAILURE) {
		return FAILURE;
	}
	/* Their masters load the modules, and fork the workers later. */
	if (!strcmp(sapi_module.name, "fpm-fcgi") || !strcmp(sapi_module.name, "apache2handler")) {
		dynamosess_before_fork();
	}
	dynamosess_warn_of_keys();
	dynamosess_early_write_start();
	dynamosess_worker_start();
	if (dynamosess_php_session.register_module(&dynamosess_ps_module) == FAILURE) {
		zend_error(E_CORE_WARNING, "dynamosess: PHP takes no more session save handlers");
		return FAILURE;
	}
	return dynamosess_register_class();
}

static PHP_MSHUTDOWN_FUNCTION(dynamosess)
{
	UNREGISTER_INI_ENTRIES();
	free(dynamosess_ini_defs);
	dynamosess_ini_defs = NULL;
	return SUCCESS;
}

/* Begins to read the session whose id a cookie names, where that is wanted. Pages are told apart by the file that the
 * server runs; by their path where the server names none, as PHP's own does not in front of a router. */
static void dynamosess_page(void)
{
	const char *script = SG(request_info).path_translated, *method = SG(request_info).request_method;
	const char *cookies = SG(request_info).cookie_data;
	size_t script_len;

	if (!method || !cookies) {
		return;
	}
	if (!script) {
		script = SG(request_info).request_uri ? SG(request_info).request_uri : "";
		script_len = strcspn(script, "?");
	} else {
		script_len = strlen(script);
	}
	dynamosess_page_begins(script, script_len, method, strlen(method), cookies, strlen(cookies));
}

static PHP_RINIT_FUNCTION(dynamosess)
{
#if defined(ZTS) && defined(COMPILE_DL_DYNAMOSESS)
	ZEND_TSRMLS_CACHE_UPDATE();
#endif
	dynamosess_request_start();
	DS_G(in_request) = DS_G(has_putenv) = true;
	if (DS_G(native)) {
		/* Begun by session.auto_start, before PHP takes shutdown functions. */
		dynamosess_early_write_register();
	} else {
		dynamosess_page();
	}
	return SUCCESS;
}

static PHP_RSHUTDOWN_FUNCTION(dynamosess)
{
	DS_G(has_putenv) = false;
	return SUCCESS;
}

/* After all modules' RSHUTDOWN: the session module writes and closes in its own, which comes after ours. */
static zend_result dynamosess_post_deactivate(void)
{
	DS_G(in_request) = DS_G(early_write) = DS_G(class_is_open) = false;
	/* Left behind by exit(); its memory is PHP's, which has freed all. */
	ZVAL_UNDEF(&DS_G(page));
	dynamosess_save_handler_drop();
	dynamosess_request_end();
	return SUCCESS;
}

/* One line of the core's a row: name, tab, value; a line without a tab is a heading. */
static PHP_MINFO_FUNCTION(dynamosess)
{
	dynamosess_reply reply = {0};
	zend_string *lines;
	char *line, *next, *tab;

	dynamosess_info(&reply);
	dynamosess_finish_with(&reply, &lines);
	php_info_print_table_start();
	for (line = lines ? ZSTR_VAL(lines) : NULL; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next) {
			*next++ = '\0';
		}
		tab = strchr(line, '\t');
		if (tab) {
			*tab++ = '\0';
			php_info_print_table_row(2, line, tab);
		} else {
			php_info_print_table_end();
			php_info_print_table_start();
			php_info_print_table_header(2, line, "");
		}
	}
	php_info_print_table_end();
	if (lines) {
		zend_string_release(lines);
	}
	DISPLAY_INI_ENTRIES();
}

static const zend_module_dep dynamosess_deps[] = {
	ZEND_MOD_REQUIRED("session")
	ZEND_MOD_REQUIRED("json")
	ZEND_MOD_END
};

static zend_module_entry dynamosess_module_entry = {
	STANDARD_MODULE_HEADER_EX,
	NULL,
	dynamosess_deps,
	"dynamosess",
	NULL,
	PHP_MINIT(dynamosess),
	PHP_MSHUTDOWN(dynamosess),
	PHP_RINIT(dynamosess),
	PHP_RSHUTDOWN(dynamosess),
	PHP_MINFO(dynamosess),
	NULL,
	PHP_MODULE_GLOBALS(dynamosess),
	(void (*)(void *)) dynamosess_globals_ctor,
	NULL,
	dynamosess_post_deactivate,
	STANDARD_MODULE_PROPERTIES_EX
};

/* What PHP looks for in a shared object: the one symbol that packaging/exports.map lets out. */
ZEND_DLEXPORT zend_module_entry *get_module(void)
{
	dynamosess_module_entry.version = dynamosess_version();
	return &dynamosess_module_entry;
}
