/* Where PHP keeps what the C half uses: scripts/test-packages compares it between two sets of headers. Never run. */
#include "php.h"
#include "php_ini.h"
#include "SAPI.h"
#include "ext/session/php_session.h"
#include "ext/standard/basic_functions.h"

#define LAYOUT(name, number) __asm__ volatile("/* layout " name " %c0 */" : : "i"(number))

void layout(void)
{
	LAYOUT("executor.size", sizeof(zend_executor_globals));
	LAYOUT("executor.error_reporting", offsetof(zend_executor_globals, error_reporting));
	LAYOUT("executor.exception", offsetof(zend_executor_globals, exception));
	LAYOUT("executor.flags", offsetof(zend_executor_globals, flags));
	LAYOUT("executor.ini_directives", offsetof(zend_executor_globals, ini_directives));
	LAYOUT("executor.symbol_table", offsetof(zend_executor_globals, symbol_table));
	LAYOUT("executor.user_error_handler", offsetof(zend_executor_globals, user_error_handler));
	LAYOUT("executor.bailout", offsetof(zend_executor_globals, bailout));
	LAYOUT("compiler.class_table", offsetof(zend_compiler_globals, class_table));
	LAYOUT("core.last_error_message", offsetof(php_core_globals, last_error_message));
	LAYOUT("sapi.request_info", offsetof(sapi_globals_struct, request_info));
	LAYOUT("basic.user_shutdown_function_names", offsetof(php_basic_globals, user_shutdown_function_names));
	LAYOUT("module.size", sizeof(zend_module_entry));
	LAYOUT("ini_entry.size", sizeof(zend_ini_entry));
	LAYOUT("object.size", sizeof(zend_object));
	LAYOUT("class.size", sizeof(zend_class_entry));
	LAYOUT("ps_module.size", sizeof(ps_module));
}
