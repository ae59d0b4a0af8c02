<?php
// Before every page of a node: what this process has done, for those who ask.
if (($_SERVER['REQUEST_URI'] ?? '') === '/stats-of-this-process') {
    echo json_encode(DynamoDbSessionHandler::stats());
    exit;
}
