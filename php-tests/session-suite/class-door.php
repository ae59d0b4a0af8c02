<?php
// Before each test: the session goes to DynamoDB through the class, in place of `files`. Where PHP has already begun the
// session (auto_start, upload progress), no handler can be set any more, and the test stays as it is.
if (session_status() === PHP_SESSION_NONE) {
    (new DynamoDbSessionHandler)->register();
}
