/* From the core's reply to PHP: strings and warnings. */
#include "dynamosess.h"

#if SIZEOF_SIZE_T == 8
/* The other half of this check is in abi.rs. */
_Static_assert(offsetof(dynamosess_reply, data) == 16 && sizeof(dynamosess_reply) == 48, "abi.rs has another reply");
#endif

/* Raises each line. `lines` is the engine's memory: a handler may leave by longjmp at any of them. */
static void dynamosess_raise(int level, zend_string *lines)
{
	const char *line = ZSTR_VAL(lines), *end = line + ZSTR_LEN(lines);

	while (line < end) {
		const char *stop = memchr(line, '\n', end - line);
		if (!stop) {
			stop = end;
		}
		if (stop > line) {
			php_error_docref(NULL, level, "%.*s", (int) (stop - line), line);
		}
		line = stop + 1;
	}
	zend_string_release(lines);
}

zend_result dynamosess_finish_with(dynamosess_reply *reply, zend_string **data)
{
	zend_result result = reply->ok ? SUCCESS : FAILURE;
	zend_string *volatile warnings = NULL;
	int level = reply->notice ? E_NOTICE : E_WARNING;

	if (data) {
		*data = NULL;
	}
	zend_try {
		if (data && reply->ok) {
			*data = reply->data_len ? zend_string_init(reply->data, reply->data_len, 0) : ZSTR_EMPTY_ALLOC();
		}
		if (reply->warnings_len) {
			warnings = zend_string_init(reply->warnings, reply->warnings_len, 0);
		}
	} zend_catch {
		/* PHP's own memory goes at the request's end; this is not its. */
		dynamosess_reply_free(reply);
		zend_bailout();
	} zend_end_try();
	dynamosess_reply_free(reply);
	if (warnings) {
		dynamosess_raise(level, warnings);
	}
	return result;
}

zend_result dynamosess_finish(dynamosess_reply *reply)
{
	return dynamosess_finish_with(reply, NULL);
}
