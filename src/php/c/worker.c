/* FrankenPHP's workers: one request of PHP's serves many pages, and shutdown functions run at its end only. FrankenPHP sends
 * a page's last output when its callback has returned, and ends its session after that. So the callback is followed by what
 * the shutdown function does elsewhere (early_write.c). */
#include "dynamosess.h"
#include "zend_closures.h"
#include "zend_exceptions.h"

static zif_handler handle_request;
static zend_internal_function page_function;

/* What PHP does in a shutdown function of its own, for handlers that are objects: session_register_shutdown(). */
static void close_session(void)
{
	zval function, result;

	ZVAL_STRING(&function, "session_write_close");
	ZVAL_UNDEF(&result);
	call_user_function(NULL, NULL, &function, &result, 0, NULL);
	zval_ptr_dtor(&result);
	zval_ptr_dtor(&function);
}

/* In the place of the page's callback: calls it, and stores its session before the page's output leaves. After exit() the
 * request ends, and the shutdown function comes. */
static ZEND_FUNCTION(dynamosess_page)
{
	zend_fcall_info call;
	zend_fcall_info_cache cache;

	if (zend_fcall_info_init(&DS_G(page), 0, &call, &cache, NULL, NULL) == FAILURE) {
		return;
	}
	call.retval = return_value;
	call.param_count = ZEND_NUM_ARGS();
	call.params = ZEND_CALL_ARG(execute_data, 1);
	zend_call_function(&call, &cache);
	if (EG(exception) && (zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception)))) {
		return;
	}
	zend_exception_save();
	dynamosess_write_early_now();
	if (DS_G(class_is_open)) {
		DS_G(class_is_open) = false;
		close_session();
	}
	zend_exception_restore();
}

static ZEND_NAMED_FUNCTION(dynamosess_handle_request)
{
	zval *callback = ZEND_NUM_ARGS() ? ZEND_CALL_ARG(execute_data, 1) : NULL;

	/* It says itself what is wrong with its argument. */
	if (!callback || !Z_ISUNDEF(DS_G(page)) || !zend_is_callable(callback, 0, NULL)) {
		handle_request(INTERNAL_FUNCTION_PARAM_PASSTHRU);
		return;
	}
	ZVAL_COPY_VALUE(&DS_G(page), callback);
	zend_create_fake_closure(callback, (zend_function *) &page_function, NULL, NULL, NULL);
	handle_request(INTERNAL_FUNCTION_PARAM_PASSTHRU);
	zval_ptr_dtor(callback);
	ZVAL_COPY_VALUE(callback, &DS_G(page));
	ZVAL_UNDEF(&DS_G(page));
}

/* Modules' functions are registered before the first module starts. */
void dynamosess_worker_start(void)
{
	zend_internal_function *function = zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("frankenphp_handle_request"));

	if (!function || function->handler == dynamosess_handle_request) {
		return;
	}
	memset(&page_function, 0, sizeof(page_function));
	page_function.type = ZEND_INTERNAL_FUNCTION;
	page_function.function_name = zend_string_init_interned(ZEND_STRL("frankenphp_handle_request"), 1);
	page_function.handler = ZEND_FN(dynamosess_page);
	handle_request = function->handler;
	function->handler = dynamosess_handle_request;
}
