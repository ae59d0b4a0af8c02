<?php
require_once __DIR__ . '/page.php';
while (frankenphp_handle_request(page(...))) {
}
