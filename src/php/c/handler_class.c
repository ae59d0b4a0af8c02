/* The class DynamoDbSessionHandler: the core's session behind PHP's session interfaces.
 *
 * stubs/dynamosess.stub.php documents it; a test compares the two. */
#include "handler_object.h"

#include "ext/json/php_json.h"
#include "zend_attributes.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

#define THIS handler_from(Z_OBJ_P(ZEND_THIS))

#include "handler_arginfo.h"

#define METHOD(name) ZEND_METHOD(DynamoDbSessionHandler, name)

/* A method that runs page code, a callable or an error handler: that may end the session and set another handler, by which
 * PHP lets go of this one. */
#define HELD_METHOD(name) \
	static void held_##name(INTERNAL_FUNCTION_PARAMETERS); \
	METHOD(name) \
	{ \
		zend_object *object = Z_OBJ_P(ZEND_THIS); \
		GC_ADDREF(object); \
		held_##name(INTERNAL_FUNCTION_PARAM_PASSTHRU); \
		OBJ_RELEASE(object); \
	} \
	static void held_##name(INTERNAL_FUNCTION_PARAMETERS)

METHOD(__construct)
{
	HashTable *array = NULL;
	dynamosess_reply reply = {0};
	zend_string *text;
	int problem;

	ZEND_PARSE_PARAMETERS_START(0, 1)
		Z_PARAM_OPTIONAL
		Z_PARAM_ARRAY_HT(array)
	ZEND_PARSE_PARAMETERS_END();
	if (!array) {
		return;
	}
	handler_take_options(THIS, array);
	if (EG(exception)) {
		RETURN_THROWS();
	}
	dynamosess_options_check(THIS->options, &reply);
	problem = reply.problem;
	reply.ok = 1;
	dynamosess_finish_with(&reply, &text);
	if (problem && !EG(exception)) {
		zend_throw_error(problem == DS_TYPE_ERROR ? zend_ce_type_error : zend_ce_value_error,
			"DynamoDbSessionHandler::__construct(): Argument #1 ($options) %s", ZSTR_VAL(text));
	}
	zend_string_release(text);
}

METHOD(register)
{
	zval function, args[2], result;

	ZEND_PARSE_PARAMETERS_NONE();
	ZVAL_STRING(&function, "session_set_save_handler");
	ZVAL_OBJ_COPY(&args[0], Z_OBJ_P(ZEND_THIS));
	ZVAL_TRUE(&args[1]);
	ZVAL_UNDEF(&result);
	call_user_function(NULL, NULL, &function, &result, 2, args);
	zval_ptr_dtor(&args[0]);
	zval_ptr_dtor(&function);
	RETVAL_BOOL(Z_TYPE(result) == IS_TRUE);
	zval_ptr_dtor(&result);
}

METHOD(open)
{
	zend_string *path, *name;

	ZEND_PARSE_PARAMETERS_START(2, 2)
		Z_PARAM_STR(path)
		Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();
	DS_G(class_is_open) = true;
	RETURN_BOOL(handler_open(THIS, ZSTR_VAL(path), ZSTR_LEN(path), ZSTR_VAL(name), ZSTR_LEN(name)) == SUCCESS);
}

METHOD(close)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (THIS->session) {
		dynamosess_close(THIS->session);
	}
	RETURN_TRUE;
}

HELD_METHOD(read)
{
	zend_string *id, *data;
	dynamosess_session *session;
	dynamosess_reply reply = {0};
	zend_result result = FAILURE;

	ZEND_PARSE_PARAMETERS_START(1, 1)
		Z_PARAM_STR(id)
	ZEND_PARSE_PARAMETERS_END();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	CALL_CORE(THIS, reply, reply.ok, dynamosess_read(session, ZSTR_VAL(id), ZSTR_LEN(id), &reply));
	/* As for the native module: what PHP does not get must not be replaced by what it has instead. */
	zend_try {
		result = dynamosess_finish_with(&reply, &data);
	} zend_catch {
		dynamosess_lose(session);
		zend_bailout();
	} zend_end_try();
	if (result == FAILURE) {
		RETURN_FALSE;
	}
	RETURN_STR(data);
}

typedef void (*core_write)(dynamosess_session *, const char *, size_t, const char *, size_t, dynamosess_reply *);

static void handler_write(INTERNAL_FUNCTION_PARAMETERS, core_write write)
{
	zend_string *id, *data;
	dynamosess_session *session;
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_START(2, 2)
		Z_PARAM_STR(id)
		Z_PARAM_STR(data)
	ZEND_PARSE_PARAMETERS_END();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	CALL_CORE(THIS, reply, reply.ok, write(session, ZSTR_VAL(id), ZSTR_LEN(id), ZSTR_VAL(data), ZSTR_LEN(data), &reply));
	RETURN_BOOL(dynamosess_finish(&reply) == SUCCESS);
}

HELD_METHOD(write)
{
	handler_write(INTERNAL_FUNCTION_PARAM_PASSTHRU, dynamosess_write);
}

HELD_METHOD(updateTimestamp)
{
	handler_write(INTERNAL_FUNCTION_PARAM_PASSTHRU, dynamosess_touch);
}

typedef void (*core_ask)(dynamosess_session *, const char *, size_t, dynamosess_reply *);

/* sure: that its `ok` is an answer, not a guess made because nobody answered. */
static void handler_ask(INTERNAL_FUNCTION_PARAMETERS, core_ask ask, bool sure)
{
	zend_string *id;
	dynamosess_session *session;
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_START(1, 1)
		Z_PARAM_STR(id)
	ZEND_PARSE_PARAMETERS_END();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	CALL_CORE(THIS, reply, reply.ok && sure, ask(session, ZSTR_VAL(id), ZSTR_LEN(id), &reply));
	RETURN_BOOL(dynamosess_finish(&reply) == SUCCESS);
}

HELD_METHOD(destroy)
{
	handler_ask(INTERNAL_FUNCTION_PARAM_PASSTHRU, dynamosess_destroy, true);
}

HELD_METHOD(validateId)
{
	handler_ask(INTERNAL_FUNCTION_PARAM_PASSTHRU, dynamosess_validate, false);
}

METHOD(gc)
{
	zend_long max_lifetime;

	ZEND_PARSE_PARAMETERS_START(1, 1)
		Z_PARAM_LONG(max_lifetime)
	ZEND_PARSE_PARAMETERS_END();
	(void) max_lifetime;
	RETURN_LONG(0);
}

METHOD(create_sid)
{
	zend_string *id;
	dynamosess_session *session;

	ZEND_PARSE_PARAMETERS_NONE();
	id = dynamosess_new_id();
	if (!id) {
		zend_throw_error(NULL, "DynamoDbSessionHandler::create_sid(): PHP could not make a session id");
		RETURN_THROWS();
	}
	session = THIS->session;
	if (session && dynamosess_is_open(session)) {
		dynamosess_created(session, ZSTR_VAL(id), ZSTR_LEN(id));
	}
	RETURN_STR(id);
}

/* --- table care --- */

static void return_json(zval *return_value, dynamosess_reply *reply)
{
	zend_string *json;

	if (dynamosess_finish_with(reply, &json) == FAILURE) {
		RETURN_FALSE;
	}
	php_json_decode_ex(return_value, ZSTR_VAL(json), ZSTR_LEN(json), PHP_JSON_OBJECT_AS_ARRAY, PHP_JSON_PARSER_DEFAULT_DEPTH);
	zend_string_release(json);
}

HELD_METHOD(createTable)
{
	HashTable *array = NULL;
	dynamosess_options *options;
	dynamosess_session *session;
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_START(0, 1)
		Z_PARAM_OPTIONAL
		Z_PARAM_ARRAY_HT(array)
	ZEND_PARSE_PARAMETERS_END();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	options = array ? dynamosess_options_of(array) : dynamosess_options_new();
	CALL_CORE(THIS, reply, reply.ok, dynamosess_create_table(session, options, &reply));
	dynamosess_options_free(options);
	if (reply.problem) {
		zend_string *text;
		reply.ok = 1;
		dynamosess_finish_with(&reply, &text);
		zend_argument_value_error(1, "%s", ZSTR_VAL(text));
		zend_string_release(text);
		RETURN_THROWS();
	}
	RETURN_BOOL(dynamosess_finish(&reply) == SUCCESS);
}

HELD_METHOD(garbageCollect)
{
	dynamosess_session *session;
	dynamosess_reply reply = {0};
	zend_string *count;

	ZEND_PARSE_PARAMETERS_NONE();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	CALL_CORE(THIS, reply, reply.ok, dynamosess_garbage_collect(session, &reply));
	if (dynamosess_finish_with(&reply, &count) == FAILURE) {
		RETURN_FALSE;
	}
	RETVAL_LONG(ZEND_STRTOL(ZSTR_VAL(count), NULL, 10));
	zend_string_release(count);
}

/* Says what is wrong also where nothing can be opened: so it asks for no session that is ready. */
static void handler_check(handler_object *handler, bool as_text, dynamosess_reply *answer)
{
	const char *path;
	size_t path_len;

	handler_try_open(handler);
	path = handler_save_path(&path_len);
	dynamosess_check(handler->session, handler->options, path, path_len, as_text, answer);
}

HELD_METHOD(check)
{
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_NONE();
	handler_check(THIS, false, &reply);
	return_json(return_value, &reply);
}

HELD_METHOD(checkReport)
{
	dynamosess_reply reply = {0};
	zend_string *text;

	ZEND_PARSE_PARAMETERS_NONE();
	handler_check(THIS, true, &reply);
	reply.ok = 1;
	dynamosess_finish_with(&reply, &text);
	RETURN_STR(text);
}

METHOD(stats)
{
	zend_string *of = NULL;
	bool of_all;
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_START(0, 1)
		Z_PARAM_OPTIONAL
		Z_PARAM_STR(of)
	ZEND_PARSE_PARAMETERS_END();
	of_all = of && zend_string_equals_literal(of, "shared");
	if (of && !of_all && !zend_string_equals_literal(of, "process")) {
		zend_argument_value_error(1, "must be 'process' or 'shared'");
		RETURN_THROWS();
	}
	dynamosess_stats(of_all, &reply);
	return_json(return_value, &reply);
}

METHOD(metrics)
{
	dynamosess_reply reply = {0};
	zend_string *text;

	ZEND_PARSE_PARAMETERS_NONE();
	dynamosess_metrics(&reply);
	reply.ok = 1;
	dynamosess_finish_with(&reply, &text);
	RETURN_STR(text);
}

/* --- registration --- */

static zend_class_entry *handler_ce;

static zend_class_entry *session_interface(const char *name)
{
	return zend_hash_str_find_ptr(CG(class_table), name, strlen(name));
}

/* Keys, session ids and data do not show in stack traces. */
static void hide_parameter(const char *method, uint32_t at)
{
	zend_function *function = zend_hash_str_find_ptr(&handler_ce->function_table, method, strlen(method));

	zend_add_parameter_attribute(function, at, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);
}

zend_result dynamosess_register_class(void)
{
	static const char *const with_id[] = {"read", "write", "destroy", "validateid", "updatetimestamp"};
	size_t i;
	zend_class_entry ce;
	zend_class_entry *handler = session_interface("sessionhandlerinterface");
	zend_class_entry *id = session_interface("sessionidinterface");
	zend_class_entry *timestamp = session_interface("sessionupdatetimestamphandlerinterface");

	if (!handler || !id || !timestamp) {
		return FAILURE;
	}
	INIT_CLASS_ENTRY(ce, "DynamoDbSessionHandler", class_DynamoDbSessionHandler_methods);
	handler_ce = zend_register_internal_class(&ce);
	zend_class_implements(handler_ce, 3, handler, timestamp, id);
	handler_object_register(handler_ce);
	handler_ce->ce_flags |= ZEND_ACC_NOT_SERIALIZABLE;
	hide_parameter("__construct", 0);
	for (i = 0; i < sizeof(with_id) / sizeof(*with_id); i++) {
		hide_parameter(with_id[i], 0);
	}
	hide_parameter("write", 1);
	hide_parameter("updatetimestamp", 1);
	return SUCCESS;
}
