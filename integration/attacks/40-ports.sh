#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Published ports: who may reach them, whose packets they may take, and what the container sees of its clients.
. "$(dirname "$0")/lib.sh"

# knocking PLACE INTERFACE MAC SOURCE/DESTINATION/PORT... - those that are answered
knocking() {
	forge "$1" knock "${@:2}"
}

# published CONTAINER MAPPING... - attach it with these ports
published() {
	config=$(network_config "$(publishing "${@:2}")")
	attach "$1"
}

# detached CONTAINER...
detached() {
	local name
	for name; do
		cni DEL "$name"
	done
}

# neighbour - container two, which publishes nothing, is attached; $two4 is its address
neighbour() {
	config=$(network_config "$dual")
	attach two
	two4=$ip4
}

# other_dnat PRIORITY - another program's translation of one address and port, to container two
other_dnat() {
	nft -f - <<-END
		table ip other { chain prerouting {
			type nat hook prerouting priority $1; policy accept;
			ip daddr 192.0.2.1 tcp dport 8080 dnat to $two4:80
		}; }
	END
}

attack_loopback_from_the_lan() {
	local name=CVE-2020-8558 honest=192.0.2.2/192.0.2.1/8080 mac
	local forged=(192.0.2.2/127.0.0.1/8080 192.0.2.2/127.0.0.1/8081 192.0.2.2/127.0.0.1/9999 127.0.0.1/192.0.2.1/8080
		127.0.0.1/127.0.0.1/8081 192.0.2.2/192.0.2.1/8081)
	published one '"hostPort": 8080, "containerPort": 80, "protocol": "tcp"' \
		'"hostPort": 8081, "containerPort": 80, "protocol": "tcp", "hostIP": "127.0.0.1"'
	mac=$(mac_of host uplink)
	is "$(knocking outside eth0 "$mac" "${forged[@]}" "$honest")" "$honest" \
		"$name: 127.0.0.1 on the wire is not answered, whatever is published there"
	sysctl -q net.ipv4.conf.uplink.route_localnet=1
	is "$(knocking outside eth0 "$mac" "${forged[@]}" "$honest")" "$honest" "$name: nor where somebody set route_localnet"
	like "$(ask host tcp 127.0.0.1 8080) $(ask host tcp 127.0.0.1 8081)" '^one .* one ' \
		"$name: the host itself reaches both"
	# the host end has route_localnet, so this is the container's own way to the host's loopback
	is "$(knocking one eth0 "$(mac_of host "$host_end")" "$ip4/127.0.0.1/9999" "$ip4/10.77.0.1/9999")" "$ip4/10.77.0.1/9999" \
		"$name: a server on the host's 127.0.0.1 is not the container's to reach"
	take_out raw 127.0.0.0/8
	is "$(knocking outside eth0 "$mac" "${forged[@]}" "$honest")" "${forged[0]} ${forged[2]} $honest" \
		"$name: without the guard the LAN reaches what is published for any address, and servers of the host"
	is "$(knocking one eth0 "$(mac_of host "$host_end")" "$ip4/127.0.0.1/9999" "$ip4/10.77.0.1/9999")" \
		"$ip4/127.0.0.1/9999 $ip4/10.77.0.1/9999" "$name: without the guard the container reaches the host's loopback"
	nft insert rule inet cambric prerouting dnat ip to ip daddr . meta l4proto . th dport map @dnat4l
	is "$(knocking outside eth0 "$mac" 192.0.2.2/127.0.0.1/8081 "$honest")" "192.0.2.2/127.0.0.1/8081 $honest" \
		"moby#41872: a hostIP of 127.0.0.1 is translated for the host alone: in prerouting, the LAN would reach it"
	sysctl -q net.ipv4.conf.uplink.route_localnet=0
	put_back
	detached one
}

# answers of transit traffic, from a container and from a LAN that is routed through the host
transit() {
	echo "$(ask two udp 198.51.100.2 53) $(ask lan udp 198.51.100.2 53) $(ask lan udp 2001:db8:9::2 53)"
}

attack_transit_traffic() {
	local name=CVE-2025-67499
	neighbour
	published one '"hostPort": 53, "containerPort": 53, "protocol": "udp"'
	is "$(transit)" 'foreign 192.0.2.1 foreign 203.0.113.2 foreign 2001:db8:5::2' \
		"$name: what goes through the host to the same port of somebody else is not captured"
	is "$(ask two udp 192.0.2.1 53) $(ask lan udp 192.0.2.1 53)" "one $two4 one 203.0.113.2" "$name: what is meant for the host is"
	nft insert rule inet cambric prerouting goto hostports
	is "$(transit)" "one $two4 one 203.0.113.2 one 2001:db8:5::2" "$name: without the guard it is captured"
	put_back
	conntrack -F >/dev/null 2>&1
	detached one two
}

attack_foreign_host_ip() {
	local ip mapping
	for ip in 198.51.100.1 192.0.2.2 10.77.0.3 2001:db8:1::2 1.1.1.1; do
		config=$(network_config "$(publishing "\"hostPort\": 8080, \"containerPort\": 80, \"protocol\": \"tcp\", \"hostIP\": \"$ip\"")")
		cni ADD one
		like "$(result '"\(.code) \(.msg)"')" "^7 hostIP $ip .*no address of this host" "CVE-2020-8554: hostIP $ip is refused"
		[ "$status" != 0 ] || cni DEL one
	done
	is "$(nft list map inet cambric dnat4 | grep -c elements)$(ip link show group 51771)" 0 'CVE-2020-8554: and nothing is left of it'
	for ip in 10.78.0.9 192.0.2.9 10.77.0.1 10.77.0.0 10.77.255.255 224.0.0.9 127.0.0.9; do
		config=$(network_config "$dual, \"capabilities\": {\"ips\": true}, \"runtimeConfig\": {\"ips\": [\"$ip\"]}")
		cni ADD one
		like "$(result '"\(.code) \(.msg)"')" "^(7|103) .*$ip" "CVE-2022-28224: address $ip cannot be asked for"
		cni_args="IP=$ip" config=$(network_config "$dual") cni ADD one
		like "$(result '"\(.code) \(.msg)"')" "^(7|103) .*$ip" "CVE-2022-28224: nor by CNI_ARGS"
	done
	neighbour
	cni_args="IP=$two4" cni ADD one
	is "$(result .code)" 103 "CVE-2022-28224: nor one that is taken"
	ok 'CVE-2022-28224: whose owner keeps it' ping_from two 192.0.2.2
	detached two
}

attack_who_asks() {
	local name=CVE-2021-20199
	published one '"hostPort": 8080, "containerPort": 80, "protocol": "tcp"'
	is "$(ask outside tcp 192.0.2.1 8080) $(ask outside tcp 2001:db8:1::1 8080)" 'one 192.0.2.2 one 2001:db8:1::2' \
		"$name: the container sees who its client is"
	nft insert rule inet cambric postrouting ct status dnat masquerade
	like "$(ask outside tcp 192.0.2.1 8080)" '^one (192\.0\.2\.1|10\.77\.0\.1)$' "$name: were all that is translated masqueraded, it would see the host"
	put_back
	detached one
}

attack_rule_order() {
	local name=CVE-2019-9946
	neighbour
	published one '"hostPort": 8080, "containerPort": 80, "protocol": "tcp"'
	is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' "$name: a published port"
	other_dnat -101
	is "$(ask outside tcp 192.0.2.1 8080)" 'two 192.0.2.2' "$name: a more specific rule of somebody else, at a higher priority, is not shadowed"
	nft delete table ip other
	other_dnat -99
	is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' "$name: at a lower one ours was first: the order is what decides"
	nft delete table ip other
	detached one two
}

# one_flow - what the client's flow gets that began before, always over the same ports
one_flow() {
	place outside /usr/bin/python3 -SE - <<-'END'
		import socket
		client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		client.settimeout(1)
		client.bind(("192.0.2.2", 6000))
		client.connect(("192.0.2.1", 5353))
		for _ in range(2):  # an earlier refusal is reported once
		    try:
		        client.send(b"?")
		        print(client.recv(99).decode().strip())
		        break
		    except OSError as error:
		        print(type(error).__name__)
	END
}

# lie_in_wait - container two sends from port 5353 to the client, and answers what comes back on that flow
lie_in_wait() {
	local ready
	conntrack -D -p udp --orig-port-src 5353 >/dev/null 2>&1
	[ -z "${thief:-}" ] || stop_server "$thief"
	cat >"$scratch/thief.py" <<-'END'
		import socket
		own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		own.bind(("", 5353))
		own.sendto(b"mine", ("192.0.2.2", 6000))
		print("ready", flush=True)
		while True:
		    try:
		        own.sendto(b"stolen", own.recvfrom(99)[1])
		    except ConnectionRefusedError:
		        pass
	END
	exec {ready}< <(exec nsenter --net=/run/netns/two /usr/bin/python3 -SE "$scratch/thief.py")
	thief=$!
	read -r -t 5 -u "$ready"
}

# entries PATTERN - how many conntrack entries match
entries() {
	conntrack -L 2>/dev/null | grep -c "$1"
}

attack_conntrack() {
	local mapping='"hostPort": 5353, "containerPort": 53, "protocol": "udp"'
	neighbour
	ask outside udp 192.0.2.1 6002 >/dev/null
	lie_in_wait
	like "$(conntrack -L 2>/dev/null | grep 'sport=5353 dport=6000')" 'dst=192.0.2.1 sport=6000 dport=' \
		'CVE-2021-3773: a container sends to the client first, from the port that will be published'
	published one "$mapping"
	is "$(one_flow)" 'one 192.0.2.2' 'CVE-2021-3773: the port leads to its container all the same'
	detached one
	like "$(one_flow)" Refused 'plugins#1277: when it is published no more, the flow ends'
	config=$(network_config "$(publishing "$mapping")")
	detached two
	cni ADD two
	is "$(one_flow)" 'two 192.0.2.2' 'plugins#123: the same flow finds the container that has the port now'
	isnt "$(entries 'src=192.0.2.2 dst=192.0.2.1 sport=[0-9]* dport=6002')" 0 'plugins#1277: unrelated flows keep their entries'
	detached two
	neighbour
	take_out postrouting @masq4
	nft add rule inet cambric postrouting ip saddr @masq4 masquerade
	lie_in_wait
	published one "$mapping"
	is "$(one_flow)" stolen 'CVE-2021-3773: were ports kept in masquerading, it would lead to the thief'
	put_back
	detached one two
}

make_container one two lan
config=$(network_config "$dual")
cni ADD two && cni DEL two
# A neighbour that comes after the first ADD is routed: it is none of those that the forward guard keeps apart
ip link add lan0 type veth peer name eth0 netns lan
ip addr add 203.0.113.1/24 dev lan0
ip addr add 2001:db8:5::1/64 dev lan0 nodad
ip -n lan addr add 203.0.113.2/24 dev eth0
ip -n lan addr add 2001:db8:5::2/64 dev eth0 nodad
ip -n lan link set eth0 up
ip link set lan0 up
ip -n lan route add default via 203.0.113.1
ip -n lan route add default via 2001:db8:5::1
ip -n outside addr add 198.51.100.2/32 dev lo
ip -n outside addr add 2001:db8:9::2/128 dev lo nodad
ip -n outside route add 203.0.113.0/24 via 192.0.2.1
ip -n outside route add 2001:db8:5::/64 via 2001:db8:1::1
for name in one two; do
	serve "$name" tcp:80 udp:53
done
serve outside foreign udp:53
serve host udp:6002 tcp:9999
attacks loopback_from_the_lan transit_traffic foreign_host_ip who_asks rule_order conntrack
done_testing
