/* From PHP's array to the core's: one tree. */
#include "dynamosess.h"

/* No option is nested as deep; an array may hold itself by reference. */
#define DEEPEST 8

static dynamosess_options *options_of(HashTable *array, int depth);

static void options_add(dynamosess_options *options, const char *key, size_t key_len, zval *value, int depth)
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
		case IS_ARRAY:
			dynamosess_options_add_array(options, key, key_len,
				depth < DEEPEST ? options_of(Z_ARRVAL_P(value), depth + 1) : dynamosess_options_new());
			return;
		case IS_OBJECT:
			kind = zend_is_callable(value, 0, NULL) ? DS_CALLABLE : DS_OBJECT;
			text = ZSTR_VAL(Z_OBJCE_P(value)->name);
			text_len = ZSTR_LEN(Z_OBJCE_P(value)->name);
			break;
		default: break;
	}
	dynamosess_options_add(options, key, key_len, kind, number, real, text, text_len);
}

static dynamosess_options *options_of(HashTable *array, int depth)
{
	dynamosess_options *options = dynamosess_options_new();
	char number[MAX_LENGTH_OF_LONG], *digits;
	zend_string *key;
	zend_ulong index;
	zval *value;

	ZEND_HASH_FOREACH_KEY_VAL(array, index, key, value) {
		if (key) {
			options_add(options, ZSTR_VAL(key), ZSTR_LEN(key), value, depth);
		} else {
			digits = zend_print_long_to_buf(number + sizeof(number) - 1, (zend_long) index);
			options_add(options, digits, strlen(digits), value, depth);
		}
	} ZEND_HASH_FOREACH_END();
	return options;
}

dynamosess_options *dynamosess_options_of(HashTable *array)
{
	return options_of(array, 1);
}
