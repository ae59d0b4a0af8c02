/* session.save_handler = dynamodb: the native module.
 *
 * What each callback is given and owes: php-src ext/session/mod_files.c. `mod_data` is the core's session. */
#include "dynamosess.h"

/* NULL also between two callbacks: an error handler may end the session at any warning, a SessionHandler may go on after
 * an open that failed, and one that keeps close() to itself leaves another module's data behind. */
static dynamosess_session *dynamosess_native(void *mod_data)
{
	return mod_data && mod_data == DS_G(native) ? DS_G(native) : NULL;
}

#define SESSION dynamosess_native(PS_GET_MOD_DATA())

/* Whether there is a session, and an id that `files` would take; if not, in its words, so that code and people meet those
 * they know. PHP has no id while it makes another, and an error handler may end the session then too. */
static bool dynamosess_is_usable(void **mod_data, zend_string *id)
{
	dynamosess_reply reply = {0};

	if (!SESSION || !id) {
		return false;
	}
	dynamosess_id_is_valid(ZSTR_VAL(id), ZSTR_LEN(id), &reply);
	return dynamosess_finish(&reply) == SUCCESS && SESSION;
}

/* By the request's end PHP has closed the session, unless an error within a SessionHandler's method kept it from that. PHP
 * itself forgets the session when the next request begins. */
void dynamosess_save_handler_drop(void)
{
	dynamosess_session *session = DS_G(native);

	DS_G(native) = NULL;
	DS_G(native_vars) = NULL;
	if (DS_G(native_id)) {
		zend_string_release(DS_G(native_id));
		DS_G(native_id) = NULL;
	}
	if (session) {
		dynamosess_session_free(session);
	}
}

#if PHP_VERSION_ID < 80600
# define TEXT(given) given, strlen(given)
#else
# define TEXT(given) ZSTR_VAL(given), ZSTR_LEN(given)
#endif

/* Accepts live data: session_reset() opens again without closing. */
static PS_OPEN_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};
	dynamosess_session *session = SESSION;
	bool is_new = !session;

	if (is_new) {
		/* session_destroy() forgets mod_data even where a SessionHandler keeps close() to itself. */
		dynamosess_save_handler_drop();
		session = dynamosess_session_new(1);
	}
	dynamosess_open(session, NULL, TEXT(save_path), TEXT(session_name), &reply);
	if (reply.ok) {
		PS_SET_MOD_DATA(session);
		DS_G(native) = session;
		dynamosess_early_write_register();
	} else if (is_new) {
		dynamosess_session_free(session);
	}
	/* An error handler may end the session at a warning about a setting. */
	return dynamosess_finish(&reply) == SUCCESS && SESSION ? SUCCESS : FAILURE;
}

/* Must not fail. */
static PS_CLOSE_FUNC(dynamodb)
{
	dynamosess_session *session = SESSION;

	PS_SET_MOD_DATA(NULL);
	if (session) {
		dynamosess_close(session);
		dynamosess_save_handler_drop();
	}
	return SUCCESS;
}

/* What the read brings, or nothing: where the page ends before PHP has it (the memory limit, an error handler), PHP goes on
 * with an empty session, and would store that. */
static zend_result dynamosess_hand_over(void **mod_data, dynamosess_reply *reply, zend_string **data)
{
	zend_result result = FAILURE;

	zend_try {
		result = dynamosess_finish_with(reply, data);
	} zend_catch {
		if (SESSION) {
			dynamosess_lose(SESSION);
		}
		zend_bailout();
	} zend_end_try();
	return result;
}

/* Hands over no data while an exception is pending, as an error handler may have thrown one at a warning about a setting:
 * PHP would decode them, but call no __unserialize() and no __wakeup() meanwhile (zend_call_function()), and at the end
 * store the objects without what those restore. Not at open: session_regenerate_id(true) has destroyed the old session by
 * then, and what is read after it has no data. */
static PS_READ_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};
	zend_result result;

	if (!dynamosess_is_usable(mod_data, key)) {
		return FAILURE;
	}
	dynamosess_read(SESSION, ZSTR_VAL(key), ZSTR_LEN(key), &reply);
	if (reply.ok) {
		if (DS_G(native_id)) {
			zend_string_release(DS_G(native_id));
		}
		DS_G(native_id) = zend_string_copy(key);
		DS_G(native_vars) = dynamosess_session_vars();
	}
	result = dynamosess_hand_over(mod_data, &reply, val);
	if (EG(exception) && *val && ZSTR_LEN(*val)) {
		zend_string_release(*val);
		*val = NULL;
		return FAILURE;
	}
	return result;
}

static PS_WRITE_FUNC(dynamodb)
{
	dynamosess_reply reply = {0};

	if (!dynamosess_is_usable(mod_data, key)) {
		return FAILURE;
	}
	if (EG(exception)) {
		dynamosess_serialize_failed(SESSION, ZSTR_VAL(key), ZSTR_LEN(key), &reply);
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

	if (!dynamosess_is_usable(mod_data, key)) {
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

	if (!SESSION || !key) {
		return FAILURE;
	}
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
