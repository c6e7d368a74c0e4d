/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/**
 * BelfryAddresses:
 *
 * How many connections there are, in all and from each address, across all workers.
 * Reference-counted; any thread. This is the one table that workers share.
 */
typedef struct _BelfryAddresses BelfryAddresses;

/**
 * BelfryAddressUnit:
 *
 * What counts as one address: an IPv4 address, also where it comes through a dual-stack socket, or
 * the /64 of an IPv6 address, for a host has all of that. Zero-initialized, it is nobody's.
 */
typedef struct
{
  guint64 network;
  guint32 family; /* AF_UNSPEC: not counted, as peers of unix sockets */
} BelfryAddressUnit;

/**
 * BelfryAddressVerdict:
 *
 * Whether there is room for one more connection.
 */
typedef enum
{
  BELFRY_ADDRESS_ENTERED,
  BELFRY_ADDRESS_TOO_MANY,          /* in all */
  BELFRY_ADDRESS_TOO_MANY_FROM_UNIT /* from there */
} BelfryAddressVerdict;

/**
 * belfry_address_unit_init:
 * @unit: (out): what @address belongs to; not counted if it is neither IPv4 nor IPv6
 * @length: how much of @address there is
 */
void belfry_address_unit_init (BelfryAddressUnit *unit,
                               const struct sockaddr *address,
                               socklen_t length);

/**
 * belfry_addresses_new:
 *
 * Returns: (transfer full): a table without connections
 */
BelfryAddresses *belfry_addresses_new (void);
BelfryAddresses *belfry_addresses_ref (BelfryAddresses *self);
void belfry_addresses_unref (BelfryAddresses *self);

/**
 * belfry_addresses_acquire:
 * @unit: where a connection comes from. It is set to nobody if it need not be counted, so that
 * belfry_addresses_release() of the same unit undoes exactly what this did
 * @max: how many connections there may be
 * @max_per_unit: how many from one unit; zero is no limit, and asks for no lock
 *
 * Returns: whether the connection may stay; if not, nothing was counted and nothing is to be
 * released
 */
BelfryAddressVerdict belfry_addresses_acquire (BelfryAddresses *self,
                                               BelfryAddressUnit *unit,
                                               guint max,
                                               guint max_per_unit);

/**
 * belfry_addresses_release:
 * @unit: as belfry_addresses_acquire() left it
 *
 * The connection has gone.
 */
void belfry_addresses_release (BelfryAddresses *self, const BelfryAddressUnit *unit);

/**
 * belfry_addresses_get_n_connections:
 *
 * Returns: how many connections are counted
 */
guint belfry_addresses_get_n_connections (const BelfryAddresses *self);

/**
 * belfry_addresses_get_n_units:
 *
 * Returns: how many units have an entry; never more than there are connections
 */
guint belfry_addresses_get_n_units (BelfryAddresses *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryAddresses, belfry_addresses_unref)

G_END_DECLS
