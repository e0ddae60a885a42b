<?php
// Whom SimpleSAMLphp knows: name and password, and what it says of them.

$config = [
    'people' => [
        'exampleauth:UserPass',
        'ada:of-ada' => ['mail' => ['ada@browser.test'], 'givenName' => ['Ada'], 'sn' => ['Lovelace']],
        'eve:of-eve' => ['mail' => ['eve@browser.test'], 'givenName' => ['Eve'], 'sn' => ['Stranger']],
    ],
];
