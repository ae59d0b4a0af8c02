<?php

/**
 * The page as HTML. Comes with: $state, $node, $otherNode, $otherUrl, $started. Everything printed goes through h().
 */

declare(strict_types=1);

function h(string|int|float $text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE);
}

function button(string $id, string $action, string $item, string $label, string $class = ''): string
{
    return '<form method="post" action="/"><input type="hidden" name="item" value="' . h($item) . '">'
        . '<button id="' . h($id) . '" class="' . h($class) . '" name="action" value="' . h($action) . '">' . h($label) . '</button></form>';
}

function badge(string $node): string
{
    return '<b class="badge node-' . h(strtolower($node)) . '">' . h($node) . '</b>';
}

?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Corner shop, node <?= h($node) ?></title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<body class="node-<?= h(strtolower($node)) ?>">

<header>
  <div>
    <h1>Corner shop</h1>
    <p>Two PHP servers, one session in DynamoDB.</p>
  </div>
  <div class="where">
    <span id="node" data-node="<?= h($node) ?>">You are on node <?= badge($node) ?></span>
    <a id="other-node" href="<?= h($otherUrl) ?>">Open on node <?= h($otherNode) ?> →</a>
  </div>
</header>

<?php if ($state['problems'] !== []): ?>
<section id="problems" role="alert">
  <h2>Something is wrong</h2>
  <?php foreach ($state['problems'] as $problem): ?><p><?= h($problem) ?></p><?php endforeach ?>
</section>
<?php endif ?>

<main>
  <section id="products">
    <h2>On the shelf</h2>
    <ul>
      <?php foreach (PRODUCTS as $key => [$name, $cents]): ?>
      <li>
        <img src="/img/<?= h($key) ?>.svg" alt="" width="56" height="56">
        <span><?= h($name) ?><small><?= h(money($cents)) ?></small></span>
        <?= button("add-$key", 'add', $key, 'Add', 'primary') ?>
      </li>
      <?php endforeach ?>
    </ul>
  </section>

  <section id="cart">
    <h2>Your cart</h2>
    <?php if ($state['cart'] === []): ?>
    <p class="quiet" id="cart-empty">Empty. Add something, then open the other node.</p>
    <?php else: ?>
    <ul>
      <?php foreach ($state['cart'] as $key => $count): ?>
      <li id="cart-<?= h($key) ?>" data-count="<?= h($count) ?>">
        <span><?= h($count) ?> × <?= h(PRODUCTS[$key][0]) ?></span>
        <span><?= h(money(PRODUCTS[$key][1] * $count)) ?></span>
        <?= button("remove-$key", 'remove', $key, 'Remove') ?>
      </li>
      <?php endforeach ?>
    </ul>
    <p class="total"><span>Total</span> <span id="total"><?= h(money(total($state['cart']))) ?></span></p>
    <?php endif ?>

    <h2>Who did what</h2>
    <?php if ($state['log'] === []): ?><p class="quiet">Nothing yet.</p><?php endif ?>
    <ol id="log">
      <?php foreach ($state['log'] as $entry): ?>
      <li><?= badge($entry['node']) ?> <?= h($entry['what']) ?> <time><?= h(gmdate('H:i:s', $entry['time'])) ?></time></li>
      <?php endforeach ?>
    </ol>
  </section>

  <section id="session">
    <h2>The session</h2>
    <dl>
      <div><dt>Id</dt><dd><code id="session-id"><?= h($state['id']) ?></code></dd></div>
      <?php if ($state['began'] !== null): ?>
      <div><dt>Begun on</dt><dd id="began"><?= badge($state['began']['node']) ?> at <?= h(gmdate('H:i:s', $state['began']['time'])) ?> UTC</dd></div>
      <?php endif ?>
      <div><dt>Pages seen</dt><dd id="views"><?php foreach (['A', 'B'] as $name): ?><?= badge($name) ?> <?= h($state['views'][$name] ?? 0) ?> <?php endforeach ?></dd></div>
      <div><dt>Reading it took</dt><dd id="read-ms"><?= h(number_format($state['read_ms'], 1)) ?> ms</dd></div>
      <div><dt>Writing it took</dt><dd id="write-ms"><?= h(number_format($state['write_ms'], 1)) ?> ms</dd></div>
    </dl>
    <div class="actions">
      <?= button('regenerate', 'regenerate', '', 'New id') ?>
      <?= button('destroy', 'destroy', '', 'Destroy', 'danger') ?>
    </div>
  </section>

  <section id="figures">
    <h2>All workers of node <?= badge($node) ?> so far</h2>
    <dl>
      <?php foreach (FIGURES as $name => $label): ?>
      <div><dt><?= h($label) ?></dt><dd id="<?= h($name) ?>"><?= h(number_format($state['figures'][$name])) ?></dd></div>
      <?php endforeach ?>
      <div><dt>Sessions add to a page</dt><dd id="mean-ms"><?= h(number_format($state['figures']['time_us'] / 1000 / max(1, $state['figures']['reads']), 1)) ?> ms</dd></div>
    </dl>
    <p class="quiet">For Prometheus: <a href="/metrics">/metrics</a></p>
  </section>

  <section id="item">
    <h2>The item in the table <code><?= h((string) getenv('DEMO_TABLE')) ?></code></h2>
    <?php if ($state['item'] === null): ?>
    <p class="quiet">There is none.</p>
    <?php else: ?>
    <table>
      <thead><tr><th>Attribute<th>Type<th class="number">Bytes<th>Value</thead>
      <?php foreach ($state['item'] as $attribute): ?>
      <tr>
        <th scope="row"><?= h($attribute['name']) ?>
        <td><code><?= h($attribute['type']) ?></code>
        <td class="number"><?= h($attribute['bytes']) ?>
        <td><code class="value"><?= h($attribute['shown']) ?></code><?php if ($attribute['note'] !== ''): ?><small><?= h($attribute['note']) ?></small><?php endif ?>
      <?php endforeach ?>
    </table>
    <?php endif ?>
  </section>
</main>
