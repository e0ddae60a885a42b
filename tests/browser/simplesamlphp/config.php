<?php
// SimpleSAMLphp as identity provider, as the Debian package has it. Address, folder and secrets are of the run.

$state = getenv('SIMPLESAMLPHP_STATE');

// Version 1.19 encrypts with AES-CBC and has no switch for that; version 2 uses AES-GCM. With `gcm` this one does too: its class
// for encrypted assertions with another algorithm in one place.
$switches = file_exists("$state/switches.json") ? json_decode(file_get_contents("$state/switches.json"), true) : [];
if (($switches['gcm'] ?? false) && !class_exists(SAML2\EncryptedAssertion::class, false)) {
    $file = dirname((new ReflectionClass(SAML2\Assertion::class))->getFileName()) . '/EncryptedAssertion.php';
    $class = str_replace('(XMLSecurityKey::AES128_CBC)', '(XMLSecurityKey::AES256_GCM)', file_get_contents($file));
    eval(substr($class, strlen('<?php')));
}

$config = [
    'baseurlpath' => getenv('SIMPLESAMLPHP_URL') . '/',
    'certdir' => "$state/",
    'datadir' => "$state/",
    'loggingdir' => "$state/",
    'tempdir' => "$state/",
    'metadatadir' => __DIR__ . '/metadata/',
    'metadata.sources' => [['type' => 'flatfile']],
    'secretsalt' => getenv('SIMPLESAMLPHP_SALT'),
    'auth.adminpassword' => getenv('SIMPLESAMLPHP_SALT'),
    'timezone' => 'UTC',
    'logging.handler' => 'errorlog',
    'logging.level' => SimpleSAML\Logger::NOTICE,
    'showerrors' => true,
    'errorreporting' => false,
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    'store.type' => 'phpsession',
    'session.phpsession.savepath' => "$state/",
    'session.cookie.secure' => false, // no TLS here
    'session.cookie.samesite' => 'Lax',
    'language.cookie.secure' => false,
    'language.cookie.samesite' => 'Lax',
];
