/* The seam between PHP's engine (C) and the core (Rust).
 *
 * PHP's API is macros, and any call into the engine may leave by longjmp. So all calls into the engine are made here
 * in C, and the core never calls back while one of its frames is on the stack, with exceptions that cannot leave: those
 * below "the engine, for the core". A callback is three steps: borrow what PHP gave, ask the core, convert its reply; a
 * reply is freed before the first warning is raised. */
#ifndef DYNAMOSESS_H
#define DYNAMOSESS_H

#include "php.h"
#include "php_ini.h"
#include "ext/session/php_session.h"

/* Owned by the core. */
typedef struct dynamosess_session dynamosess_session;
typedef struct dynamosess_options dynamosess_options;

/* What the core answers. Lines are separated by '\n' and hold none themselves. */
typedef struct {
	int ok;                /* what was asked for has been done, or is so */
	int problem;           /* of options: of enum dynamosess_problem */
	int notice;            /* its lines are E_NOTICE, not E_WARNING */
	char *data;            /* bytes asked for, or NULL */
	size_t data_len;
	char *warnings;        /* a line a warning, or NULL */
	size_t warnings_len;
} dynamosess_reply;

/* Which exception an option is. abi.rs has the same numbers. */
enum dynamosess_problem { DS_NO_ERROR, DS_VALUE_ERROR, DS_TYPE_ERROR };

/* The type of an option's value. abi.rs has the same numbers. */
enum dynamosess_kind { DS_NULL, DS_BOOL, DS_INT, DS_FLOAT, DS_TEXT, DS_CALLABLE, DS_OBJECT };

/* What phpinfo() does not show of a setting: user and password of a URL, or all. abi.rs has the same numbers. */
enum dynamosess_hides { DS_HIDES_NOTHING, DS_HIDES_USER, DS_HIDES_ALL };

/* One setting, for the INI registration. */
typedef struct {
	const char *ini_name;
	const char *initial;   /* or NULL: not set, which is not the same as set to off */
	int system_only;
	int hides;             /* of enum dynamosess_hides */
} dynamosess_setting;

/* --- the core: ../bridge/ --- */
/* by_script: loaded by dl() */
void dynamosess_module_start(int by_script);
void dynamosess_before_fork(void);
/* Once the settings are registered: says what is wrong with the keys that sessions are encrypted with. */
void dynamosess_read_keys(dynamosess_reply *reply);
void dynamosess_request_start(void);
void dynamosess_request_end(void);
void dynamosess_ini_changes(void);
const char *dynamosess_version(void);
size_t dynamosess_settings(dynamosess_setting *settings, size_t room);
void dynamosess_reply_free(dynamosess_reply *reply);
void dynamosess_info(dynamosess_reply *reply);
/* of_all: of all processes that this PHP has forked, not of this one alone */
void dynamosess_stats(int of_all, dynamosess_reply *reply);
void dynamosess_metrics(dynamosess_reply *reply);
void dynamosess_id_is_valid(const char *id, size_t len, dynamosess_reply *reply);

dynamosess_options *dynamosess_options_new(void);
void dynamosess_options_free(dynamosess_options *options);
/* kind: of enum dynamosess_kind */
void dynamosess_options_add(dynamosess_options *options, const char *key, size_t key_len, int kind,
	zend_long number, double real, const char *text, size_t text_len);
/* Takes `array` over. */
void dynamosess_options_add_array(dynamosess_options *options, const char *key, size_t key_len, dynamosess_options *array);
void dynamosess_options_check(const dynamosess_options *options, dynamosess_reply *reply);

/* is_native: of the native module, which is handed what PHP itself has serialized; a class may hand over anything. */
dynamosess_session *dynamosess_session_new(int is_native);
void dynamosess_session_free(dynamosess_session *session);
/* options may be NULL */
void dynamosess_open(dynamosess_session *session, const dynamosess_options *options,
	const char *save_path, size_t save_path_len, const char *name, size_t name_len, dynamosess_reply *reply);
int dynamosess_is_open(const dynamosess_session *session);
void dynamosess_close(dynamosess_session *session);
/* PHP did not get what was read: nothing is done until the next open. */
void dynamosess_lose(dynamosess_session *session);
void dynamosess_created(dynamosess_session *session, const char *id, size_t id_len);
void dynamosess_validate(dynamosess_session *session, const char *id, size_t id_len, dynamosess_reply *reply);
void dynamosess_read(dynamosess_session *session, const char *id, size_t id_len, dynamosess_reply *reply);
void dynamosess_write(dynamosess_session *session, const char *id, size_t id_len,
	const char *data, size_t data_len, dynamosess_reply *reply);
void dynamosess_touch(dynamosess_session *session, const char *id, size_t id_len,
	const char *data, size_t data_len, dynamosess_reply *reply);
void dynamosess_write_early(dynamosess_session *session, const char *id, size_t id_len,
	const char *data, size_t data_len, dynamosess_reply *reply);
void dynamosess_destroy(dynamosess_session *session, const char *id, size_t id_len, dynamosess_reply *reply);
void dynamosess_serialize_failed(dynamosess_session *session, const char *id, size_t id_len, dynamosess_reply *reply);
void dynamosess_page_begins(const char *script, size_t script_len, const char *method, size_t method_len,
	const char *cookies, size_t cookies_len);

/* Table care; replies hold JSON, or the text that people read. */
void dynamosess_create_table(dynamosess_session *session, const dynamosess_options *options, dynamosess_reply *reply);
void dynamosess_garbage_collect(dynamosess_session *session, dynamosess_reply *reply);
void dynamosess_check(dynamosess_session *session, const dynamosess_options *options, const char *path, size_t path_len,
	int as_text, dynamosess_reply *reply);

/* Credentials that a PHP callable makes. */
int dynamosess_wants_credentials(dynamosess_session *session);
void dynamosess_take_credentials(dynamosess_session *session, const dynamosess_options *credentials, dynamosess_reply *reply);

/* --- the engine, for the core: cannot leave by longjmp --- */
/* The value of an INI entry, or NULL; borrowed until the entry changes. */
const char *dynamosess_ini(const char *name, size_t name_len);
/* session.gc_maxlifetime as PHP understands it, in seconds. */
zend_long dynamosess_gc_maxlifetime(void);
/* The value of an environment variable as the page or its server has set it, or NULL; borrowed until page code runs. */
const char *dynamosess_page_variable(const char *name, size_t len);
/* The environment when the module started, each variable ended by NUL: its length, of which at most `room` are copied. */
size_t dynamosess_environment_at_start(char *to, size_t room);
/* The same of a process forked since then, before its first page. */
size_t dynamosess_environment_of_child(char *to, size_t room);
/* Whether session.serialize_handler can be this: other extensions bring serializers. */
int dynamosess_has_serializer(const char *name);
/* The names in php.ini that begin with "dynamo", each ended by NUL; their length, of which at most `room` bytes are copied. */
size_t dynamosess_configured(char *to, size_t room);
const char *dynamosess_php_version(void);

/* --- this side --- */
/* Frees the reply, then raises its warnings. */
zend_result dynamosess_finish(dynamosess_reply *reply);
/* The same, with the reply's data as a string first. */
zend_result dynamosess_finish_with(dynamosess_reply *reply, zend_string **data);

/* The session extension's own functions: looked up when this one starts, since it may be a shared one. */
typedef struct {
	zend_result (*register_module)(const ps_module *);
	zend_string *(*create_id)(PS_CREATE_SID_ARGS);
	const ps_serializer *(*find_serializer)(const char *name);
} dynamosess_session_api;
extern dynamosess_session_api dynamosess_php_session;

extern const ps_module dynamosess_ps_module;
void dynamosess_environment_capture(void);
zend_result dynamosess_register_class(void);
void dynamosess_early_write_start(void);
void dynamosess_early_write_register(void);
void dynamosess_write_early_now(void);
void dynamosess_worker_start(void);
/* The reference that $_SESSION is at present, or NULL. */
zend_reference *dynamosess_session_vars(void);
/* Frees, with its lock, a native session that PHP has not closed. */
void dynamosess_save_handler_drop(void);
zend_string *dynamosess_new_id(void);
/* The core's options, of PHP's array. */
dynamosess_options *dynamosess_options_of(HashTable *array);

ZEND_BEGIN_MODULE_GLOBALS(dynamosess)
	dynamosess_session *native;    /* the native module's session, while it is open */
	zend_string *native_id;        /* the id that it has read */
	bool in_request;               /* between RINIT and the request's end */
	bool has_putenv;               /* between RINIT and RSHUTDOWN: PHP's note of putenv() is there */
	zend_reference *native_vars;   /* $_SESSION as it was then; PHP's, to compare only */
	bool early_write;              /* its shutdown function is registered */
	bool class_is_open;            /* an object of the class has been opened for this page */
	zval page;                     /* the callback of a FrankenPHP worker while it runs */
ZEND_END_MODULE_GLOBALS(dynamosess)
ZEND_EXTERN_MODULE_GLOBALS(dynamosess)
#define DS_G(v) ZEND_MODULE_GLOBALS_ACCESSOR(dynamosess, v)
#if defined(ZTS) && defined(COMPILE_DL_DYNAMOSESS)
ZEND_TSRMLS_CACHE_EXTERN()
#endif

#endif
