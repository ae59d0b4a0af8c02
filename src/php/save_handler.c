/* session.save_handler = dynamodb: the native module.
 *
 * What each callback is given and owes: php-src ext/session/mod_files.c. `mod_data` is the core's session. */
#include "dynamosess.h"
#include "ext/standard/basic_functions.h"
#include "zend_exceptions.h"

#define SESSION ((dynamosess_session *) PS_GET_MOD_DATA())

/* What `files` says of such an id, so that code and people meet the words they know. */
static zend_result dynamosess_check_id(zend_string *id)
{
	dynamosess_reply reply = {0};

	dynamosess_id_is_valid(ZSTR_VAL(id), ZSTR_LEN(id), &reply);
	return dynamosess_finish(&reply);
}

/* The shutdown function: writes changed data before output is flushed, so that the next request, which the browser
 * may send as soon as it has the page, reads them. PHP writes once more at the end, if they have changed since. */
static ZEND_FUNCTION(dynamosess_write_early)
{
	zval function, data, handler;
	zend_string *id = DS_G(native_id);
	dynamosess_reply reply = {0};
	int level = EG(error_reporting);
	zval *vars = zend_hash_str_find(&EG(symbol_table), ZEND_STRL("_SESSION"));
	const char *save_handler = dynamosess_ini(ZEND_STRL("session.save_handler"));

	ZEND_PARSE_PARAMETERS_NONE();
	/* A worker that serves many pages in one request registers it for each. */
	DS_G(early_registered) = false;
	if (!DS_G(native) || !id || !vars || !save_handler || strcmp(save_handler, "dynamodb") != 0) {
		return;
	}
	ZVAL_DEREF(vars);
	if (Z_TYPE_P(vars) != IS_ARRAY) {
		return;
	}
	/* Whatever serializing says is said by PHP's own write: not twice. What ends the page is said here. */
	ZVAL_COPY_VALUE(&handler, &EG(user_error_handler));
	ZVAL_UNDEF(&EG(user_error_handler));
	EG(error_reporting) &= E_FATAL_ERRORS;
	ZVAL_STRING(&function, "session_encode");
	ZVAL_UNDEF(&data);
	zend_try {
		call_user_function(NULL, NULL, &function, &data, 0, NULL);
	} zend_catch {
		EG(error_reporting) = level;
		ZVAL_COPY_VALUE(&EG(user_error_handler), &handler);
		zend_bailout();
	} zend_end_try();
	EG(error_reporting) = level;
	ZVAL_COPY_VALUE(&EG(user_error_handler), &handler);
	zval_ptr_dtor(&function);
	if (EG(exception)) {
		zend_clear_exception();
	} else if (Z_TYPE(data) == IS_STRING && DS_G(native)) {
		dynamosess_write_early(DS_G(native), ZSTR_VAL(id), ZSTR_LEN(id), Z_STRVAL(data), Z_STRLEN(data), &reply);
		dynamosess_reply_free(&reply);
	}
	zval_ptr_dtor(&data);
}

ZEND_BEGIN_ARG_INFO_EX(arginfo_dynamosess_write_early, 0, 0, 0)
ZEND_END_ARG_INFO()

static zend_internal_function dynamosess_early_function;

static void dynamosess_register_early(void)
{
	php_shutdown_function_entry entry;

	if (DS_G(early_registered)) {
		return;
	}
	DS_G(early_registered) = true;
	memset(&entry, 0, sizeof(entry));
	entry.fci.size = sizeof(entry.fci);
	ZVAL_STRING(&entry.fci.function_name, "session_write_close");
	entry.fci_cache.function_handler = (zend_function *) &dynamosess_early_function;
	append_user_shutdown_function(&entry);
}

void dynamosess_save_handler_start(void)
{
	memset(&dynamosess_early_function, 0, sizeof(dynamosess_early_function));
	dynamosess_early_function.type = ZEND_INTERNAL_FUNCTION;
	dynamosess_early_function.function_name = zend_string_init_interned(ZEND_STRL("session_write_close"), 1);
	dynamosess_early_function.handler = ZEND_FN(dynamosess_write_early);
	dynamosess_early_function.arg_info = (zend_internal_arg_info *) (arginfo_dynamosess_write_early + 1);
}

static void dynamosess_forget_native(void)
{
	DS_G(native) = NULL;
	if (DS_G(native_id)) {
		zend_string_release(DS_G(native_id));
		DS_G(native_id) = NULL;
	}
}

void dynamosess_save_handler_request_end(void)
{
	dynamosess_forget_native();
	DS_G(early_registered) = false;
}

/* Accepts live data: session_reset() opens again without closing. */
static PS_OPEN_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};
	dynamosess_session *session = SESSION ? SESSION : dynamosess_session_new();
	bool is_new = !SESSION;

	dynamosess_open(session, NULL, save_path, strlen(save_path), session_name, strlen(session_name), &reply);
	if (reply.ok) {
		PS_SET_MOD_DATA(session);
		DS_G(native) = session;
		dynamosess_register_early();
	} else if (is_new) {
		dynamosess_session_free(session);
	}
	return dynamosess_finish(&reply);
}

/* Must not fail. */
static PS_CLOSE_FUNC(dynamodb)
{
	dynamosess_session *session = SESSION;

	PS_SET_MOD_DATA(NULL);
	if (DS_G(native) == session) {
		dynamosess_forget_native();
	}
	if (session) {
		dynamosess_close(session);
		dynamosess_session_free(session);
	}
	return SUCCESS;
}

static PS_READ_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};

	if (dynamosess_check_id(key) == FAILURE) {
		return FAILURE;
	}
	dynamosess_read(SESSION, ZSTR_VAL(key), ZSTR_LEN(key), &reply);
	if (reply.ok) {
		if (DS_G(native_id)) {
			zend_string_release(DS_G(native_id));
		}
		DS_G(native_id) = zend_string_copy(key);
	}
	return dynamosess_finish_with(&reply, val);
}

static PS_WRITE_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};

	if (dynamosess_check_id(key) == FAILURE) {
		return FAILURE;
	}
	if (EG(exception)) {
		dynamosess_unserialized(SESSION, &reply);
	} else {
		dynamosess_write(SESSION, ZSTR_VAL(key), ZSTR_LEN(key), ZSTR_VAL(val), ZSTR_LEN(val), &reply);
	}
	return dynamosess_finish(&reply);
}

/* Writes too, where the early write has stored other data than these. */
static PS_UPDATE_TIMESTAMP_FUNC(dynamodb)
{
	return ps_write_dynamodb(mod_data, key, val, maxlifetime);
}

static PS_DESTROY_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};

	if (dynamosess_check_id(key) == FAILURE) {
		return FAILURE;
	}
	dynamosess_destroy(SESSION, ZSTR_VAL(key), ZSTR_LEN(key), &reply);
	return dynamosess_finish(&reply);
}

/* DynamoDB's TTL collects garbage, or garbageCollect() from cron. */
static PS_GC_FUNC(dynamodb)
{
	*nrdels = 0;
	return 0;
}

static PS_CREATE_SID_FUNC(dynamodb)
{
	zend_string *id = dynamosess_new_id();

	if (id && SESSION) {
		dynamosess_created(SESSION, ZSTR_VAL(id), ZSTR_LEN(id));
	}
	return id;
}

static PS_VALIDATE_SID_FUNC(dynamodb)
{
	dynamosess_reply valid = {0}, reply = {0};
	bool is_valid;

	dynamosess_id_is_valid(ZSTR_VAL(key), ZSTR_LEN(key), &valid);
	is_valid = valid.ok;
	dynamosess_reply_free(&valid);
	if (!is_valid) {
		return FAILURE;
	}
	dynamosess_validate(SESSION, ZSTR_VAL(key), ZSTR_LEN(key), &reply);
	return dynamosess_finish(&reply);
}

const ps_module dynamosess_ps_module = {
	PS_MOD_UPDATE_TIMESTAMP(dynamodb)
};
