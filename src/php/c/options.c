/* From PHP's array to the core's options. */
#include "dynamosess.h"

static void options_add_array(dynamosess_options *options, const zend_string *path, HashTable *array, int depth);

static void options_add(dynamosess_options *options, const zend_string *path, zval *value, int depth)
{
	const char *text = NULL;
	size_t text_len = 0;
	zend_long number = 0;
	double real = 0;
	int kind = DS_NULL;

	ZVAL_DEREF(value);
	switch (Z_TYPE_P(value)) {
		case IS_TRUE: kind = DS_BOOL; number = 1; break;
		case IS_FALSE: kind = DS_BOOL; break;
		case IS_LONG: kind = DS_INT; number = Z_LVAL_P(value); break;
		case IS_DOUBLE: kind = DS_FLOAT; real = Z_DVAL_P(value); break;
		case IS_STRING: kind = DS_TEXT; text = Z_STRVAL_P(value); text_len = Z_STRLEN_P(value); break;
		case IS_ARRAY: kind = DS_ARRAY; break;
		case IS_OBJECT:
			kind = zend_is_callable(value, 0, NULL) ? DS_CALLABLE : DS_OBJECT;
			text = ZSTR_VAL(Z_OBJCE_P(value)->name);
			text_len = ZSTR_LEN(Z_OBJCE_P(value)->name);
			break;
		default: break;
	}
	dynamosess_options_add(options, ZSTR_VAL(path), ZSTR_LEN(path), kind, number, real, text, text_len);
	if (kind == DS_ARRAY && depth < 4) {
		options_add_array(options, path, Z_ARRVAL_P(value), depth + 1);
	}
}

static void options_add_array(dynamosess_options *options, const zend_string *path, HashTable *array, int depth)
{
	zend_string *key, *name, *inner;
	zend_ulong index;
	zval *value;

	ZEND_HASH_FOREACH_KEY_VAL(array, index, key, value) {
		name = key ? zend_string_copy(key) : zend_long_to_str((zend_long) index);
		inner = path ? zend_string_concat3(ZSTR_VAL(path), ZSTR_LEN(path), "\n", 1, ZSTR_VAL(name), ZSTR_LEN(name))
			: zend_string_copy(name);
		options_add(options, inner, value, depth);
		zend_string_release(inner);
		zend_string_release(name);
	} ZEND_HASH_FOREACH_END();
}

dynamosess_options *dynamosess_options_of(HashTable *array)
{
	dynamosess_options *options = dynamosess_options_new();

	options_add_array(options, NULL, array, 0);
	return options;
}
