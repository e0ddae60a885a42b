<?php
// The identity provider itself. People are named by their e-mail address.

$email = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

$metadata['__DYNAMIC:1__'] = [
    'host' => '__DEFAULT__',
    'auth' => 'people',
    'privatekey' => 'signing.key',
    'certificate' => 'signing.crt',
    'NameIDFormat' => $email,
    'authproc' => [10 => ['class' => 'saml:AttributeNameID', 'attribute' => 'mail', 'Format' => $email]],
];
