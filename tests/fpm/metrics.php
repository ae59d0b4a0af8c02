<?php header('Content-Type: text/plain; version=0.0.4'); print DynamoDbSessionHandler::metrics();
