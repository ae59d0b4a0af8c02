/* The environment, without the C library. A server with threads (FrankenPHP) calls setenv() on one thread while another
 * runs, and getenv() there would read what setenv() has just freed. So the process's environment is copied when the module
 * starts, and what belongs to one page is taken from where PHP keeps it. */
#include "dynamosess.h"

#include <dlfcn.h>

#include "SAPI.h"
#include "ext/standard/basic_functions.h"

/* What Rust's standard library and our crates get as `environ` and getenv(): build.rs has the linker put these in their
 * place. They ask for switches of their own (RUST_MIN_STACK and the like) at any time. */
char **__wrap_environ;

char *__wrap_getenv(const char *name)
{
	size_t len = strlen(name);
	char **variable;

	for (variable = __wrap_environ; variable && *variable; variable++) {
		if (strncmp(*variable, name, len) == 0 && (*variable)[len] == '=') {
			return *variable + len + 1;
		}
	}
	return NULL;
}

/* The executable's: PHP loads extensions with RTLD_DEEPBIND, so that the name alone, or RTLD_DEFAULT, means the C
 * library's own, which stays empty where the executable has a copy of it (one that is no PIE). */
static char **environment_now(void)
{
	void *executable = dlopen(NULL, RTLD_LAZY);
	char ***place = executable ? dlsym(executable, "environ") : NULL;

	if (executable) {
		dlclose(executable);
	}
	return place ? *place : NULL;
}

/* Once for the life of the process: Apache starts modules twice. */
void dynamosess_environment_capture(void)
{
	char **now = environment_now();
	size_t count = 0, i;

	if (__wrap_environ || !now) {
		return;
	}
	while (now[count]) {
		count++;
	}
	__wrap_environ = pecalloc(count + 1, sizeof(*now), true);
	for (i = 0; i < count; i++) {
		__wrap_environ[i] = pestrdup(now[i], true);
	}
}

static size_t environment_copy(char **variable, char *to, size_t room)
{
	size_t len = 0, more;

	for (; variable && *variable; variable++) {
		more = strlen(*variable) + 1;
		if (len + more <= room) {
			memcpy(to + len, *variable, more);
		}
		len += more;
	}
	return len;
}

size_t dynamosess_environment_at_start(char *to, size_t room)
{
	return environment_copy(__wrap_environ, to, room);
}

/* A server with threads changes nothing between module start and its first page; php-fpm, which has none, does. */
size_t dynamosess_environment_of_child(char *to, size_t room)
{
#ifdef ZTS
	if (strcmp(sapi_module.name, "fpm-fcgi") != 0) {
		return dynamosess_environment_at_start(to, room);
	}
#endif
	return environment_copy(environment_now(), to, room);
}

/* What the page has set by putenv(), which PHP notes in order to undo it. The type is PHP's own (putenv_entry in
 * ext/standard/basic_functions.c); this has been its first member since PHP 4. There is no such note yet where
 * session.auto_start opens a session, and none any more when the session module ends it. */
static const char *page_putenv(const char *name, size_t len)
{
	const char *const *entry = DS_G(has_putenv) ? zend_hash_str_find_ptr(&BG(putenv_ht), name, len) : NULL;

	return entry && strncmp(*entry, name, len) == 0 && (*entry)[len] == '=' ? *entry + len + 1 : NULL;
}

/* Then what the server hands over with the request: FastCGI's parameters, Apache's SetEnv, FrankenPHP's `env`, and there
 * putenv() too, which FrankenPHP keeps for each thread. */
const char *dynamosess_page_variable(const char *name, size_t len)
{
	const char *value = page_putenv(name, len);

	return value || !sapi_module.getenv ? value : sapi_module.getenv(name, len);
}
