#!/usr/bin/env bash
# Shuts SST's server off from the network, before SST runs: 4.17 listens on every address while it deploys, asks nobody who
# they are, and takes the first free port from 13557 on (its twin with TLS a thousand above).
set -euo pipefail
for table in iptables ip6tables; do
  sudo "$table" -I INPUT ! -i lo -p tcp --dport 13557:13656 -j DROP
  sudo "$table" -I INPUT ! -i lo -p tcp --dport 14557:14656 -j DROP
done
