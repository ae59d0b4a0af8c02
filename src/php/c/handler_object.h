/* The object behind the class DynamoDbSessionHandler: the core's session, and the options it is opened with. */
#ifndef DYNAMOSESS_HANDLER_OBJECT_H
#define DYNAMOSESS_HANDLER_OBJECT_H

#include "dynamosess.h"

typedef struct {
	dynamosess_options *options;      /* the constructor's array */
	zval credentials;                 /* its callable, or undefined */
	dynamosess_session *session;
	zend_object std;
} handler_object;

/* Makes objects of the class such ones. */
void handler_object_register(zend_class_entry *ce);
handler_object *handler_from(zend_object *object);

/* Takes the constructor's array; throws where it may not be taken. */
void handler_take_options(handler_object *handler, HashTable *array);
zend_result handler_open(handler_object *handler, const char *path, size_t path_len, const char *name, size_t name_len);
/* The same with the present save_path and no name, quietly; for check(), which says itself what is wrong. */
void handler_try_open(handler_object *handler);
/* The session, open and with credentials; or NULL. */
dynamosess_session *handler_ready(handler_object *handler);
/* Borrowed until page code runs: that may change the entry. */
const char *handler_save_path(size_t *len);
/* After a call: whether AWS has refused the callable's credentials meanwhile, and it has made others. */
bool handler_has_renewed(handler_object *handler, dynamosess_reply *reply);

/* One call of the core's, and once more with other credentials where it is not `done` and they help. */
#define CALL_CORE(handler, reply, done, call) \
	do { \
		call; \
		if (!(done) && handler_has_renewed(handler, &(reply))) { \
			call; \
		} \
	} while (0)

#endif
