/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the peer of a unix socket is called where an address is expected. */
#define BELFRY_PEER_UNIX "unix"

/**
 * BelfryProxies:
 *
 * Whose word on who the client is we take. Immutable and reference-counted: any thread.
 */
typedef struct _BelfryProxies BelfryProxies;

/**
 * belfry_proxies_new:
 * @networks: (nullable) (element-type GInetAddressMask): where proxies are
 * @unix_sockets: whether those that come by a unix socket are proxies
 *
 * Returns: (transfer full): the list, with a reference to each network
 */
BelfryProxies *belfry_proxies_new (const GPtrArray *networks, gboolean unix_sockets);
BelfryProxies *belfry_proxies_ref (BelfryProxies *self);
void belfry_proxies_unref (BelfryProxies *self);

/**
 * belfry_proxies_trust:
 * @address: (nullable): a peer's address; %NULL for that of a unix socket
 *
 * Returns: whether it is a proxy of ours
 */
gboolean belfry_proxies_trust (const BelfryProxies *self, GInetAddress *address);

/**
 * belfry_proxies_resolve:
 * @address: (nullable): the peer's address; %NULL for that of a unix socket
 * @forwarded: (nullable): the request's `X-Forwarded-For`, several fields joined by commas
 *
 * Goes from the peer back along the chain of those who forwarded the request for as long as each is
 * trusted; what others claim is theirs to invent. The chain also ends at what is no address.
 *
 * Returns: (transfer full): the address of the client as far as we know
 */
char *
belfry_proxies_resolve (const BelfryProxies *self, GInetAddress *address, const char *forwarded);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryProxies, belfry_proxies_unref)

G_END_DECLS
