<?php
// The one service provider that is known at a time: what the metadata of a connection says of it, with the switches of the
// scenario, which count more.

$folder = getenv('SIMPLESAMLPHP_STATE');

if (file_exists("$folder/service-provider.xml")) {
    $entity = SimpleSAML\Metadata\SAMLParser::parseFile("$folder/service-provider.xml")->getMetadata20SP();
    $switches = json_decode(file_get_contents("$folder/switches.json"), true);
    $metadata[$entity['entityid']] = $switches + $entity;
}
