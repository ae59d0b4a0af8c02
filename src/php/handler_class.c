/* The class DynamoDbSessionHandler: the core's session behind PHP's session interfaces.
 *
 * stubs/dynamosess.stub.php documents it; a test compares the two. */
#include "dynamosess.h"

#include "ext/json/php_json.h"
#include "zend_attributes.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

typedef struct {
	dynamosess_options *options;      /* the constructor's array */
	zval credentials;                 /* its callable, or undefined */
	dynamosess_session *session;
	zend_object std;
} handler_object;

static zend_class_entry *handler_ce;
static zend_object_handlers handler_handlers;

static handler_object *handler_from(zend_object *object)
{
	return (handler_object *) ((char *) object - offsetof(handler_object, std));
}

#define THIS handler_from(Z_OBJ_P(ZEND_THIS))

static zend_object *handler_create(zend_class_entry *ce)
{
	handler_object *handler = zend_object_alloc(sizeof(handler_object), ce);

	handler->options = NULL;
	handler->session = NULL;
	ZVAL_UNDEF(&handler->credentials);
	zend_object_std_init(&handler->std, ce);
	object_properties_init(&handler->std, ce);
	handler->std.handlers = &handler_handlers;
	return &handler->std;
}

/* Frees its locks too: also where PHP never came to call close(). */
static void handler_free(zend_object *object)
{
	handler_object *handler = handler_from(object);

	if (handler->session) {
		dynamosess_session_free(handler->session);
		handler->session = NULL;
	}
	if (handler->options) {
		dynamosess_options_free(handler->options);
		handler->options = NULL;
	}
	zval_ptr_dtor(&handler->credentials);
	ZVAL_UNDEF(&handler->credentials);
	zend_object_std_dtor(object);
}

/* The callable may hold the handler: let the cycle collector see it. */
static HashTable *handler_get_gc(zend_object *object, zval **table, int *n)
{
	handler_object *handler = handler_from(object);

	*table = &handler->credentials;
	*n = Z_ISUNDEF(handler->credentials) ? 0 : 1;
	return zend_std_get_properties(object);
}

/* --- its options --- */

/* A callable that is no object ('function', ['Class', 'method']) is one for `credentials` only. */
static bool is_credentials_callable(zval *value)
{
	zval *key;

	ZVAL_DEREF(value);
	if (Z_TYPE_P(value) == IS_ARRAY) {
		key = zend_hash_str_find(Z_ARRVAL_P(value), ZEND_STRL("key"));
		return !key && zend_is_callable(value, 0, NULL);
	}
	return zend_is_callable(value, 0, NULL);
}

static void handler_take_options(handler_object *handler, HashTable *array)
{
	zval *ca_bundle = zend_hash_str_find(array, ZEND_STRL("ca_bundle"));
	zval *credentials = zend_hash_str_find(array, ZEND_STRL("credentials"));

	/* A script names this file, so PHP's own limit holds for it; also where the value is a reference. */
	if (ca_bundle) {
		ZVAL_DEREF(ca_bundle);
	}
	if (ca_bundle && Z_TYPE_P(ca_bundle) == IS_STRING && php_check_open_basedir(Z_STRVAL_P(ca_bundle))) {
		zend_argument_value_error(1, "option 'ca_bundle' must be within open_basedir");
		return;
	}
	if (handler->options) {
		dynamosess_options_free(handler->options);
	}
	handler->options = dynamosess_options_of(array);
	if (credentials && is_credentials_callable(credentials)) {
		ZVAL_DEREF(credentials);
		zval_ptr_dtor(&handler->credentials);
		ZVAL_COPY(&handler->credentials, credentials);
		dynamosess_options_add(handler->options, ZEND_STRL("credentials"), DS_CALLABLE, 0, 0, NULL, 0);
	}
}

/* --- before each operation --- */

/* Calls the credentials' callable and hands its array to the core. */
static zend_result handler_call_for_credentials(handler_object *handler)
{
	dynamosess_reply reply = {0};
	dynamosess_options *options;
	zval made;

	ZVAL_UNDEF(&made);
	if (call_user_function(NULL, NULL, &handler->credentials, &made, 0, NULL) == FAILURE || EG(exception)) {
		zval_ptr_dtor(&made);
		return FAILURE;
	}
	options = Z_TYPE(made) == IS_ARRAY ? dynamosess_options_of(Z_ARRVAL(made)) : dynamosess_options_new();
	dynamosess_take_credentials(handler->session, options, &reply);
	dynamosess_options_free(options);
	zval_ptr_dtor(&made);
	return dynamosess_finish(&reply);
}

static zend_result handler_open(handler_object *handler, const char *path, size_t path_len, const char *name, size_t name_len)
{
	dynamosess_reply reply = {0};

	if (!handler->session) {
		handler->session = dynamosess_session_new();
	}
	dynamosess_open(handler->session, handler->options, path, path_len, name, name_len, &reply);
	return dynamosess_finish(&reply);
}

/* Borrowed until page code runs: that may change the entry. */
static const char *save_path(size_t *len)
{
	const char *path = dynamosess_ini(ZEND_STRL("session.save_path"));

	*len = path ? strlen(path) : 0;
	return path ? path : "";
}

/* The class works without open(): frameworks call read($id) at once. The session's name then is empty. */
static dynamosess_session *handler_ready(handler_object *handler)
{
	const char *path;
	size_t path_len;

	if (!handler->session || !dynamosess_is_open(handler->session)) {
		path = save_path(&path_len);
		if (handler_open(handler, path, path_len, "", 0) == FAILURE) {
			return NULL;
		}
	}
	if (!Z_ISUNDEF(handler->credentials) && dynamosess_wants_credentials(handler->session)
			&& handler_call_for_credentials(handler) == FAILURE) {
		return NULL;
	}
	/* An error handler may have thrown at a warning about a setting. */
	return EG(exception) ? NULL : handler->session;
}

/* After a call: whether AWS has refused the callable's credentials meanwhile, and it has made others. */
static bool handler_has_renewed(handler_object *handler, dynamosess_reply *reply)
{
	if (Z_ISUNDEF(handler->credentials) || !dynamosess_wants_credentials(handler->session)) {
		return false;
	}
	dynamosess_reply_free(reply);
	return handler_call_for_credentials(handler) == SUCCESS;
}

/* One call of the core's, and once more with other credentials where it is not `done` and they help. */
#define CALL_CORE(handler, reply, done, call) \
	do { \
		call; \
		if (!(done) && handler_has_renewed(handler, &(reply))) { \
			call; \
		} \
	} while (0)

/* --- methods --- */

#define METHOD(name) static ZEND_METHOD(DynamoDbSessionHandler, name)

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

METHOD(read)
{
	zend_string *id, *data;
	dynamosess_session *session;
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_START(1, 1)
		Z_PARAM_STR(id)
	ZEND_PARSE_PARAMETERS_END();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	CALL_CORE(THIS, reply, reply.ok, dynamosess_read(session, ZSTR_VAL(id), ZSTR_LEN(id), &reply));
	if (dynamosess_finish_with(&reply, &data) == FAILURE) {
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

METHOD(write)
{
	handler_write(INTERNAL_FUNCTION_PARAM_PASSTHRU, dynamosess_write);
}

METHOD(updateTimestamp)
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

METHOD(destroy)
{
	handler_ask(INTERNAL_FUNCTION_PARAM_PASSTHRU, dynamosess_destroy, true);
}

METHOD(validateId)
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

METHOD(createTable)
{
	zval *options = NULL, empty;
	zval function, json;
	dynamosess_session *session;
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_START(0, 1)
		Z_PARAM_OPTIONAL
		Z_PARAM_ARRAY(options)
	ZEND_PARSE_PARAMETERS_END();
	session = handler_ready(THIS);
	if (!session) {
		RETURN_FALSE;
	}
	ZVAL_EMPTY_ARRAY(&empty);
	ZVAL_STRING(&function, "json_encode");
	ZVAL_UNDEF(&json);
	call_user_function(NULL, NULL, &function, &json, 1, options ? options : &empty);
	zval_ptr_dtor(&function);
	if (EG(exception) || Z_TYPE(json) != IS_STRING) {
		zval_ptr_dtor(&json);
		if (!EG(exception)) {
			zend_argument_value_error(1, "must hold scalars and arrays only");
		}
		RETURN_THROWS();
	}
	CALL_CORE(THIS, reply, reply.ok, dynamosess_create_table(session, Z_STRVAL(json), Z_STRLEN(json), &reply));
	zval_ptr_dtor(&json);
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

METHOD(garbageCollect)
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
	dynamosess_reply reply = {0};

	if (!handler->session) {
		handler->session = dynamosess_session_new();
	}
	if (!dynamosess_is_open(handler->session)) {
		path = save_path(&path_len);
		dynamosess_open(handler->session, handler->options, path, path_len, "", 0, &reply);
		dynamosess_reply_free(&reply);
	}
	if (!Z_ISUNDEF(handler->credentials) && dynamosess_wants_credentials(handler->session)) {
		handler_call_for_credentials(handler);
	}
	path = save_path(&path_len);
	dynamosess_check(handler->session, handler->options, path, path_len, as_text, answer);
}

METHOD(check)
{
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_NONE();
	handler_check(THIS, false, &reply);
	return_json(return_value, &reply);
}

METHOD(checkReport)
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
	dynamosess_reply reply = {0};

	ZEND_PARSE_PARAMETERS_NONE();
	dynamosess_stats(&reply);
	return_json(return_value, &reply);
}

/* --- what Reflection sees; the interfaces' methods have tentative return types, as PHP's own handlers' --- */

ZEND_BEGIN_ARG_INFO_EX(arginfo_construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, options, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_bool, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_open, 0, 2, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, path, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_MASK_EX(arginfo_read, 0, 1, MAY_BE_STRING | MAY_BE_FALSE)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_write, 0, 2, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, data, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_id, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_MASK_EX(arginfo_gc, 0, 1, MAY_BE_LONG | MAY_BE_FALSE)
	ZEND_ARG_TYPE_INFO(0, max_lifetime, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_close, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_create_sid, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_string, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_create_table, 0, 0, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, options, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_MASK_EX(arginfo_garbage_collect, 0, 0, MAY_BE_LONG | MAY_BE_FALSE)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_array, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

#define ENTRY(name, arginfo) ZEND_ME(DynamoDbSessionHandler, name, arginfo, ZEND_ACC_PUBLIC)

static const zend_function_entry handler_methods[] = {
	ENTRY(__construct, arginfo_construct)
	ENTRY(register, arginfo_bool)
	ENTRY(open, arginfo_open)
	ENTRY(close, arginfo_close)
	ENTRY(read, arginfo_read)
	ENTRY(write, arginfo_write)
	ENTRY(destroy, arginfo_id)
	ENTRY(gc, arginfo_gc)
	ENTRY(create_sid, arginfo_create_sid)
	ENTRY(validateId, arginfo_id)
	ENTRY(updateTimestamp, arginfo_write)
	ENTRY(createTable, arginfo_create_table)
	ENTRY(garbageCollect, arginfo_garbage_collect)
	ENTRY(check, arginfo_array)
	ENTRY(checkReport, arginfo_string)
	ZEND_ME(DynamoDbSessionHandler, stats, arginfo_array, ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)
	ZEND_FE_END
};

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
	INIT_CLASS_ENTRY(ce, "DynamoDbSessionHandler", handler_methods);
	handler_ce = zend_register_internal_class(&ce);
	zend_class_implements(handler_ce, 3, handler, timestamp, id);
	handler_ce->create_object = handler_create;
	handler_ce->ce_flags |= ZEND_ACC_NOT_SERIALIZABLE;
	hide_parameter("__construct", 0);
	for (i = 0; i < sizeof(with_id) / sizeof(*with_id); i++) {
		hide_parameter(with_id[i], 0);
	}
	hide_parameter("write", 1);
	hide_parameter("updatetimestamp", 1);
	memcpy(&handler_handlers, &std_object_handlers, sizeof(handler_handlers));
	handler_handlers.offset = offsetof(handler_object, std);
	handler_handlers.free_obj = handler_free;
	handler_handlers.get_gc = handler_get_gc;
	handler_handlers.clone_obj = NULL;
	return SUCCESS;
}
