<?php
require_once __DIR__ . '/page.php';
while (serve_page(page(...))) {
}
