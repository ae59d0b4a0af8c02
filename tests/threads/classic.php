<?php
require_once __DIR__ . '/page.php';
page();
