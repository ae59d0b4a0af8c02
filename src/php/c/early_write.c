/* The shutdown function of the native module: writes changed data before output is flushed, so that the next request,
 * which the browser may send as soon as it has the page, reads them. PHP writes once more at the end, if they have
 * changed since. */
#include "dynamosess.h"
#include "ext/standard/basic_functions.h"
#include "zend_exceptions.h"

/* Values to look at, and which were looked at. Borrowed: no code of the page runs meanwhile. */
typedef struct {
	zval *left;
	size_t count, room;
	HashTable seen;
} dynamosess_walk;

static void walk_add(dynamosess_walk *walk, zval *value)
{
	ZVAL_DEREF(value);
	if (Z_TYPE_P(value) == IS_INDIRECT) {
		value = Z_INDIRECT_P(value);
		ZVAL_DEREF(value);
	}
	if ((Z_TYPE_P(value) != IS_ARRAY && Z_TYPE_P(value) != IS_OBJECT)
			|| !zend_hash_index_add_empty_element(&walk->seen, (zend_ulong) ((uintptr_t) Z_COUNTED_P(value) >> 3))) {
		return;
	}
	if (walk->count == walk->room) {
		walk->room = walk->room ? walk->room * 2 : 16;
		walk->left = safe_erealloc(walk->left, walk->room, sizeof(zval), 0);
	}
	ZVAL_COPY_VALUE(&walk->left[walk->count++], value);
}

static void walk_add_all(dynamosess_walk *walk, HashTable *values)
{
	zval *value;

	ZEND_HASH_FOREACH_VAL(values, value) {
		walk_add(walk, value);
	} ZEND_HASH_FOREACH_END();
}

static bool is_hook(const zend_function *function)
{
	return function && function->type == ZEND_USER_FUNCTION;
}

/* Whether serializing objects of this class runs code of the page. */
static bool class_has_hook(zend_class_entry *ce)
{
	return is_hook(ce->__serialize) || is_hook(zend_hash_find_ptr(&ce->function_table, ZSTR_KNOWN(ZEND_STR_SLEEP)))
		|| (ce->serialize && is_hook(zend_hash_str_find_ptr(&ce->function_table, ZEND_STRL("serialize"))));
}

/* Whether serializing this object runs code of the page: its class's, or the initializer of a lazy object. */
static bool object_has_hook(zend_object *object)
{
#if PHP_VERSION_ID >= 80400
	if (zend_object_is_lazy(object) && !zend_lazy_object_initialized(object)) {
		return true;
	}
#endif
	return class_has_hook(object->ce);
}

/* Whether serializing this runs code of the page. That may count on running once: PHP does it once a request. */
static bool has_serialize_hooks(zval *vars)
{
	dynamosess_walk walk = {0};
	bool found = false;
	zval value, *members;
	int i, count;
	HashTable *more;

	zend_hash_init(&walk.seen, 16, NULL, NULL, 0);
	walk_add(&walk, vars);
	while (walk.count && !found) {
		ZVAL_COPY_VALUE(&value, &walk.left[--walk.count]);
		if (Z_TYPE(value) == IS_ARRAY) {
			walk_add_all(&walk, Z_ARRVAL(value));
			continue;
		}
		found = object_has_hook(Z_OBJ(value));
		/* What the cycle collector sees is what an object holds, an ArrayObject's storage too. */
		more = Z_OBJ_HT(value)->get_gc(Z_OBJ(value), &members, &count);
		for (i = 0; i < count; i++) {
			walk_add(&walk, &members[i]);
		}
		if (more) {
			walk_add_all(&walk, more);
		}
	}
	zend_hash_destroy(&walk.seen);
	if (walk.left) {
		efree(walk.left);
	}
	return found;
}

/* What error_get_last() tells, owned. */
typedef struct {
	int type, line;
	zend_string *message, *file;
#if PHP_VERSION_ID >= 80500
	zval trace;
#endif
} last_error;

static last_error last_error_take(void)
{
	last_error taken = {0};

	taken.type = PG(last_error_type);
	taken.line = PG(last_error_lineno);
	taken.message = PG(last_error_message);
	taken.file = PG(last_error_file);
	PG(last_error_type) = PG(last_error_lineno) = 0;
	PG(last_error_message) = PG(last_error_file) = NULL;
#if PHP_VERSION_ID >= 80500
	ZVAL_COPY_VALUE(&taken.trace, &EG(last_fatal_error_backtrace));
	ZVAL_UNDEF(&EG(last_fatal_error_backtrace));
#endif
	return taken;
}

static void last_error_free(last_error *error)
{
	if (error->message) {
		zend_string_release(error->message);
	}
	if (error->file) {
		zend_string_release(error->file);
	}
#if PHP_VERSION_ID >= 80500
	zval_ptr_dtor(&error->trace);
#endif
}

static void last_error_put_back(last_error *error)
{
	last_error newer = last_error_take();

	last_error_free(&newer);
	PG(last_error_type) = error->type;
	PG(last_error_lineno) = error->line;
	PG(last_error_message) = error->message;
	PG(last_error_file) = error->file;
#if PHP_VERSION_ID >= 80500
	ZVAL_COPY_VALUE(&EG(last_fatal_error_backtrace), &error->trace);
#endif
}

/* The session as PHP encodes it, or none. Whatever serializing says is said by PHP's own write: not twice, and output
 * callbacks that ask error_get_last() what ended the page are not to hear of it. What ends the page is said here. */
static void encode(zval *data)
{
	zval function, handler;
	int level = EG(error_reporting);
	last_error before = last_error_take();

	ZVAL_COPY_VALUE(&handler, &EG(user_error_handler));
	ZVAL_UNDEF(&EG(user_error_handler));
	EG(error_reporting) &= E_FATAL_ERRORS;
	ZVAL_STRING(&function, "session_encode");
	ZVAL_UNDEF(data);
	zend_try {
		call_user_function(NULL, NULL, &function, data, 0, NULL);
	} zend_catch {
		EG(error_reporting) = level;
		ZVAL_COPY_VALUE(&EG(user_error_handler), &handler);
		last_error_free(&before);
		zend_bailout();
	} zend_end_try();
	EG(error_reporting) = level;
	ZVAL_COPY_VALUE(&EG(user_error_handler), &handler);
	zval_ptr_dtor(&function);
	if (EG(exception)) {
		zend_clear_exception();
	}
	last_error_put_back(&before);
}

zend_reference *dynamosess_session_vars(void)
{
	zval *vars = zend_hash_str_find_ind(&EG(symbol_table), ZEND_STRL("_SESSION"));

	return vars && Z_ISREF_P(vars) ? Z_REF_P(vars) : NULL;
}

void dynamosess_write_early_now(void)
{
	zval data;
	zend_string *id;
	dynamosess_reply reply = {0};
	zend_reference *vars = dynamosess_session_vars();
	const char *save_handler = dynamosess_ini(ZEND_STRL("session.save_handler"));

	if (!DS_G(native) || !DS_G(native_id) || !save_handler || strcmp(save_handler, "dynamodb") != 0) {
		return;
	}
	/* Where the page has put another variable in its place, PHP encodes the old one, which cannot be looked at here. */
	if (!vars || vars != DS_G(native_vars) || Z_TYPE(vars->val) != IS_ARRAY || has_serialize_hooks(&vars->val)) {
		return;
	}
	id = zend_string_copy(DS_G(native_id));
	encode(&data);
	if (Z_TYPE(data) == IS_STRING && DS_G(native) && DS_G(native_id) == id) {
		dynamosess_write_early(DS_G(native), ZSTR_VAL(id), ZSTR_LEN(id), Z_STRVAL(data), Z_STRLEN(data), &reply);
		dynamosess_reply_free(&reply);
	}
	zval_ptr_dtor(&data);
	zend_string_release(id);
}

static zend_internal_function dynamosess_early_function;

static php_shutdown_function_entry shutdown_entry(void)
{
	php_shutdown_function_entry entry;

	memset(&entry, 0, sizeof(entry));
#if PHP_VERSION_ID < 80500
	entry.fci.size = sizeof(entry.fci);
	ZVAL_STRING(&entry.fci.function_name, "session_write_close");
#endif
	entry.fci_cache.function_handler = (zend_function *) &dynamosess_early_function;
	return entry;
}

static void append_shutdown_function(void)
{
	php_shutdown_function_entry entry = shutdown_entry();

	append_user_shutdown_function(&entry);
}

static bool is_last_shutdown_function(void)
{
	HashPosition end;
	php_shutdown_function_entry *last;

	zend_hash_internal_pointer_end_ex(BG(user_shutdown_function_names), &end);
	last = zend_hash_get_current_data_ptr_ex(BG(user_shutdown_function_names), &end);
	return !last || last->fci_cache.function_handler == (zend_function *) &dynamosess_early_function;
}

/* PHP calls shutdown functions in the order of their registration, and those that the page has registered after
 * session_start() expect the session to be open still, and may change or abort it. So a call that is not the last goes to
 * the end of the row, and the last one writes. PHP does so for its user handlers: session_register_shutdown(). */
static ZEND_FUNCTION(dynamosess_shutdown)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (!DS_G(early_write)) {
		return;
	}
	if (!is_last_shutdown_function()) {
		append_shutdown_function();
		return;
	}
	/* A worker that serves many pages in one request registers it for each. */
	DS_G(early_write) = false;
	dynamosess_write_early_now();
}

/* Under a name, as session_set_save_handler() registers PHP's own: that makes the row a hash before it is walked. A row
 * without names becomes one when a shutdown function calls session_set_save_handler(), and PHP goes astray in it. */
void dynamosess_early_write_register(void)
{
	php_shutdown_function_entry entry;

	if (!DS_G(in_request) || DS_G(early_write)) {
		return;
	}
	DS_G(early_write) = true;
	if (EG(flags) & EG_FLAGS_IN_SHUTDOWN) {
		append_shutdown_function();
	} else {
		entry = shutdown_entry();
		register_user_shutdown_function(ZEND_STRL("dynamosess"), &entry);
	}
}

void dynamosess_early_write_start(void)
{
	memset(&dynamosess_early_function, 0, sizeof(dynamosess_early_function));
	dynamosess_early_function.type = ZEND_INTERNAL_FUNCTION;
	dynamosess_early_function.function_name = zend_string_init_interned(ZEND_STRL("session_write_close"), 1);
	dynamosess_early_function.handler = ZEND_FN(dynamosess_shutdown);
}
