#!/usr/bin/env bash
# What an outsider checks with openssl alone in the folder that `npm run story -- --out DIR` leaves.
set -euo pipefail
cd "$1"
say() { printf 'openssl: %s\n' "$1"; }

openssl verify -x509_strict -CAfile sign-ca.pem sign.pem
openssl verify -x509_strict -CAfile auth-ca.pem auth.pem
openssl x509 -in sign-before-move.pem -pubkey -noout > before.pub
openssl dgst -sha256 -verify before.pub -signature document.sig document.txt
head -c 1 document.txt | tr '\000-\377' '\001-\377\000' > flipped.txt; tail -c +2 document.txt >> flipped.txt
if openssl dgst -sha256 -verify before.pub -signature document.sig flipped.txt; then echo 'a flipped byte went unseen'; exit 1; fi
say 'the document verifies, a flipped byte does not'

openssl crl -in sign.crl -inform DER -CAfile sign-ca.pem -noout -verify
serial=$(openssl x509 -in sign-before-move.pem -noout -serial | cut -d= -f2)
openssl crl -in sign.crl -inform DER -noout -text | grep -qi "Serial Number: *$serial"
say 'the certificate from before the move is on the CRL'

openssl ocsp -respin ocsp-good.der -issuer auth-ca.pem -cert auth.pem -CAfile auth-ca.pem -no_nonce | tee good.txt
grep -q 'auth.pem: good' good.txt
openssl ocsp -respin ocsp-revoked.der -issuer sign-ca.pem -cert sign-before-move.pem -CAfile sign-ca.pem -no_nonce | tee revoked.txt
grep -q 'sign-before-move.pem: revoked' revoked.txt
say 'OCSP: good for the living one, revoked for the one from before the move'
