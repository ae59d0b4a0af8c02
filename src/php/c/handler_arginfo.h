/* Made from stubs/dynamosess.stub.php by scripts/arginfo: do not edit it here. */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_DynamoDbSessionHandler___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, options, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_register, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_open, 0, 2, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, path, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_close, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_MASK_EX(arginfo_class_DynamoDbSessionHandler_read, 0, 1, MAY_BE_STRING|MAY_BE_FALSE)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_write, 0, 2, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, data, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_destroy, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_MASK_EX(arginfo_class_DynamoDbSessionHandler_gc, 0, 1, MAY_BE_LONG|MAY_BE_FALSE)
	ZEND_ARG_TYPE_INFO(0, max_lifetime, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_TENTATIVE_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_create_sid, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_DynamoDbSessionHandler_validateId arginfo_class_DynamoDbSessionHandler_destroy

#define arginfo_class_DynamoDbSessionHandler_updateTimestamp arginfo_class_DynamoDbSessionHandler_write

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_createTable, 0, 0, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, options, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_MASK_EX(arginfo_class_DynamoDbSessionHandler_garbageCollect, 0, 0, MAY_BE_LONG|MAY_BE_FALSE)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_check, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_checkReport, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_DynamoDbSessionHandler_stats, 0, 0, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, of, IS_STRING, 0, "\'process\'")
ZEND_END_ARG_INFO()

#define arginfo_class_DynamoDbSessionHandler_metrics arginfo_class_DynamoDbSessionHandler_checkReport


ZEND_METHOD(DynamoDbSessionHandler, __construct);
ZEND_METHOD(DynamoDbSessionHandler, register);
ZEND_METHOD(DynamoDbSessionHandler, open);
ZEND_METHOD(DynamoDbSessionHandler, close);
ZEND_METHOD(DynamoDbSessionHandler, read);
ZEND_METHOD(DynamoDbSessionHandler, write);
ZEND_METHOD(DynamoDbSessionHandler, destroy);
ZEND_METHOD(DynamoDbSessionHandler, gc);
ZEND_METHOD(DynamoDbSessionHandler, create_sid);
ZEND_METHOD(DynamoDbSessionHandler, validateId);
ZEND_METHOD(DynamoDbSessionHandler, updateTimestamp);
ZEND_METHOD(DynamoDbSessionHandler, createTable);
ZEND_METHOD(DynamoDbSessionHandler, garbageCollect);
ZEND_METHOD(DynamoDbSessionHandler, check);
ZEND_METHOD(DynamoDbSessionHandler, checkReport);
ZEND_METHOD(DynamoDbSessionHandler, stats);
ZEND_METHOD(DynamoDbSessionHandler, metrics);


static const zend_function_entry class_DynamoDbSessionHandler_methods[] = {
	ZEND_ME(DynamoDbSessionHandler, __construct, arginfo_class_DynamoDbSessionHandler___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, register, arginfo_class_DynamoDbSessionHandler_register, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, open, arginfo_class_DynamoDbSessionHandler_open, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, close, arginfo_class_DynamoDbSessionHandler_close, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, read, arginfo_class_DynamoDbSessionHandler_read, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, write, arginfo_class_DynamoDbSessionHandler_write, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, destroy, arginfo_class_DynamoDbSessionHandler_destroy, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, gc, arginfo_class_DynamoDbSessionHandler_gc, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, create_sid, arginfo_class_DynamoDbSessionHandler_create_sid, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, validateId, arginfo_class_DynamoDbSessionHandler_validateId, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, updateTimestamp, arginfo_class_DynamoDbSessionHandler_updateTimestamp, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, createTable, arginfo_class_DynamoDbSessionHandler_createTable, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, garbageCollect, arginfo_class_DynamoDbSessionHandler_garbageCollect, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, check, arginfo_class_DynamoDbSessionHandler_check, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, checkReport, arginfo_class_DynamoDbSessionHandler_checkReport, ZEND_ACC_PUBLIC)
	ZEND_ME(DynamoDbSessionHandler, stats, arginfo_class_DynamoDbSessionHandler_stats, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(DynamoDbSessionHandler, metrics, arginfo_class_DynamoDbSessionHandler_metrics, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};
