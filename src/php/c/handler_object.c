/* The object behind the class DynamoDbSessionHandler: its life, its options, and what each operation needs before it. */
#include "handler_object.h"

static zend_object_handlers handler_handlers;

handler_object *handler_from(zend_object *object)
{
	return (handler_object *) ((char *) object - offsetof(handler_object, std));
}

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

/* Puts these options and this callable in the place of the old ones, and only then lets go of those: the old callable's
 * destructor may construct the handler once more. */
static void handler_swap(handler_object *handler, dynamosess_options *options, zval *credentials)
{
	dynamosess_options *old_options = handler->options;
	zval old_credentials;

	ZVAL_COPY_VALUE(&old_credentials, &handler->credentials);
	handler->options = options;
	ZVAL_COPY_VALUE(&handler->credentials, credentials);
	if (old_options) {
		dynamosess_options_free(old_options);
	}
	zval_ptr_dtor(&old_credentials);
}

/* Frees its locks too: also where PHP never came to call close(). */
static void handler_free(zend_object *object)
{
	handler_object *handler = handler_from(object);
	zval none;

	if (handler->session) {
		dynamosess_session_free(handler->session);
		handler->session = NULL;
	}
	ZVAL_UNDEF(&none);
	handler_swap(handler, NULL, &none);
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

	if (Z_TYPE_P(value) == IS_ARRAY) {
		key = zend_hash_str_find(Z_ARRVAL_P(value), ZEND_STRL("key"));
		return !key && zend_is_callable(value, 0, NULL);
	}
	return zend_is_callable(value, 0, NULL);
}

/* A script names this file, so PHP's own limit holds for it; also where the value is a reference. What does not begin with
 * `prefix` is no file. */
static bool is_within_open_basedir(zval *file, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!file) {
		return true;
	}
	ZVAL_DEREF(file);
	return Z_TYPE_P(file) != IS_STRING || strncmp(Z_STRVAL_P(file), prefix, len) != 0
		|| !php_check_open_basedir(Z_STRVAL_P(file) + len);
}

void handler_take_options(handler_object *handler, HashTable *array)
{
	zval *ca_bundle = zend_hash_str_find(array, ZEND_STRL("ca_bundle"));
	zval *keys = zend_hash_str_find(array, ZEND_STRL("encryption_keys"));
	zval *given = zend_hash_str_find(array, ZEND_STRL("credentials")), credentials;
	dynamosess_options *options;

	if (!is_within_open_basedir(ca_bundle, "")) {
		zend_argument_value_error(1, "option 'ca_bundle' must be within open_basedir");
		return;
	}
	if (!is_within_open_basedir(keys, "file:")) {
		zend_argument_value_error(1, "option 'encryption_keys' must be within open_basedir");
		return;
	}
	/* Held while it is looked at: that may load a class, which is page code. */
	ZVAL_UNDEF(&credentials);
	if (given) {
		ZVAL_COPY_DEREF(&credentials, given);
	}
	if (!is_credentials_callable(&credentials)) {
		zval_ptr_dtor(&credentials);
		ZVAL_UNDEF(&credentials);
	}
	options = dynamosess_options_of(array);
	if (!Z_ISUNDEF(credentials)) {
		dynamosess_options_add(options, ZEND_STRL("credentials"), DS_CALLABLE, 0, 0, NULL, 0);
	}
	handler_swap(handler, options, &credentials);
}

/* --- before each operation --- */

/* Calls the credentials' callable and hands its array to the core. The callable may construct the handler once more, with
 * another one. */
static zend_result handler_call_for_credentials(handler_object *handler)
{
	dynamosess_reply reply = {0};
	dynamosess_options *options;
	zval callable, made;
	zend_result called;

	ZVAL_UNDEF(&made);
	ZVAL_COPY(&callable, &handler->credentials);
	called = call_user_function(NULL, NULL, &callable, &made, 0, NULL);
	zval_ptr_dtor(&callable);
	if (called == FAILURE || EG(exception)) {
		zval_ptr_dtor(&made);
		return FAILURE;
	}
	options = Z_TYPE(made) == IS_ARRAY ? dynamosess_options_of(Z_ARRVAL(made)) : dynamosess_options_new();
	dynamosess_take_credentials(handler->session, options, &reply);
	dynamosess_options_free(options);
	zval_ptr_dtor(&made);
	return dynamosess_finish(&reply);
}

static bool handler_wants_credentials(handler_object *handler)
{
	return !Z_ISUNDEF(handler->credentials) && dynamosess_wants_credentials(handler->session);
}

static void handler_open_as(handler_object *handler, const char *path, size_t path_len, const char *name, size_t name_len,
	dynamosess_reply *reply)
{
	if (!handler->session) {
		handler->session = dynamosess_session_new(0);
	}
	dynamosess_open(handler->session, handler->options, path, path_len, name, name_len, reply);
}

zend_result handler_open(handler_object *handler, const char *path, size_t path_len, const char *name, size_t name_len)
{
	dynamosess_reply reply = {0};

	handler_open_as(handler, path, path_len, name, name_len, &reply);
	return dynamosess_finish(&reply);
}

static bool handler_is_open(handler_object *handler)
{
	return handler->session && dynamosess_is_open(handler->session);
}

const char *handler_save_path(size_t *len)
{
	const char *path = dynamosess_ini(ZEND_STRL("session.save_path"));

	*len = path ? strlen(path) : 0;
	return path ? path : "";
}

/* The class works without open(): frameworks call read($id) at once. The session's name then is empty. */
dynamosess_session *handler_ready(handler_object *handler)
{
	const char *path;
	size_t path_len;

	if (!handler_is_open(handler)) {
		path = handler_save_path(&path_len);
		if (handler_open(handler, path, path_len, "", 0) == FAILURE) {
			return NULL;
		}
	}
	if (handler_wants_credentials(handler) && handler_call_for_credentials(handler) == FAILURE) {
		return NULL;
	}
	/* An error handler may have thrown at a warning about a setting. */
	return EG(exception) ? NULL : handler->session;
}

/* Says nothing: check() does. */
void handler_try_open(handler_object *handler)
{
	const char *path;
	size_t path_len;
	dynamosess_reply reply = {0};

	if (!handler_is_open(handler)) {
		path = handler_save_path(&path_len);
		handler_open_as(handler, path, path_len, "", 0, &reply);
		dynamosess_reply_free(&reply);
	}
	if (handler_wants_credentials(handler)) {
		handler_call_for_credentials(handler);
	}
}

bool handler_has_renewed(handler_object *handler, dynamosess_reply *reply)
{
	if (!handler_wants_credentials(handler)) {
		return false;
	}
	dynamosess_reply_free(reply);
	return handler_call_for_credentials(handler) == SUCCESS;
}

void handler_object_register(zend_class_entry *ce)
{
	ce->create_object = handler_create;
	memcpy(&handler_handlers, &std_object_handlers, sizeof(handler_handlers));
	handler_handlers.offset = offsetof(handler_object, std);
	handler_handlers.free_obj = handler_free;
	handler_handlers.get_gc = handler_get_gc;
	handler_handlers.clone_obj = NULL;
}
