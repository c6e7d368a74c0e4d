/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-addresses"

#include "config.h"

#include "belfry-addresses.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#include "belfry-log.h"

/* A count of all connections, which is an atomic number, and a hash table behind a lock with an
 * entry for each unit that has a connection. The hash is keyed with random bits: whoever owns many
 * IPv6 networks must not be able to choose those that fall into one bucket. */
struct _BelfryAddresses
{
  gatomicrefcount refs;
  _Atomic guint n_connections;
  guint64 key;
  GMutex lock;
  GHashTable *entries; /* (element-type Entry Entry) (owned): under the lock, itself and inside */
};

typedef struct
{
  BelfryAddressUnit unit;
  guint hash;
  guint count;
} Entry;

static guint
entry_hash (gconstpointer entry)
{
  return ((const Entry *) entry)->hash;
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const BelfryAddressUnit *first = &((const Entry *) a)->unit;
  const BelfryAddressUnit *second = &((const Entry *) b)->unit;

  return first->network == second->network && first->family == second->family;
}

/* The finalizer of SplitMix64: every bit of the network and of the key moves half of the result. */
static guint
hash_unit (const BelfryAddresses *self, const BelfryAddressUnit *unit)
{
  guint64 x = (unit->network + unit->family) ^ self->key;

  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x ^= self->key;
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return (guint) (x >> 32);
}

static Entry
make_probe (const BelfryAddresses *self, const BelfryAddressUnit *unit)
{
  return (Entry){ .unit = *unit, .hash = hash_unit (self, unit), .count = 1 };
}

static gboolean
enter_unit (BelfryAddresses *self, const BelfryAddressUnit *unit, guint max)
{
  Entry probe = make_probe (self, unit);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  Entry *entry = g_hash_table_lookup (self->entries, &probe);

  if (entry == NULL)
    return g_hash_table_add (self->entries, g_memdup2 (&probe, sizeof probe));
  if (entry->count >= max)
    return FALSE;
  entry->count++;
  return TRUE;
}

static void
leave_unit (BelfryAddresses *self, const BelfryAddressUnit *unit)
{
  Entry probe = make_probe (self, unit);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  Entry *entry = g_hash_table_lookup (self->entries, &probe);

  g_return_if_fail (entry != NULL);

  if (--entry->count == 0)
    g_hash_table_remove (self->entries, &probe);
}

/* Relaxed throughout: the number orders nothing but itself. */
static gboolean
enter_all (BelfryAddresses *self, guint max)
{
  guint n = atomic_load_explicit (&self->n_connections, memory_order_relaxed);

  do
    {
      if (n >= max)
        return FALSE;
    }
  while (!atomic_compare_exchange_weak_explicit (&self->n_connections, &n, n + 1,
                                                 memory_order_relaxed, memory_order_relaxed));
  return TRUE;
}

static void
leave_all (BelfryAddresses *self)
{
  guint before = atomic_fetch_sub_explicit (&self->n_connections, 1, memory_order_relaxed);

  g_return_if_fail (before > 0);
}

static void
init_v6 (BelfryAddressUnit *unit, const struct in6_addr *address)
{
  guint32 last;

  if (IN6_IS_ADDR_V4MAPPED (address))
    {
      memcpy (&last, &address->s6_addr[12], sizeof last);
      *unit = (BelfryAddressUnit){ .network = last, .family = AF_INET };
      return;
    }
  unit->family = AF_INET6;
  memcpy (&unit->network, address->s6_addr, sizeof unit->network);
}

void
belfry_address_unit_init (BelfryAddressUnit *unit, const struct sockaddr *address, socklen_t length)
{
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;

  *unit = (BelfryAddressUnit){ .family = AF_UNSPEC };
  if (length >= sizeof v4 && address->sa_family == AF_INET)
    {
      memcpy (&v4, address, sizeof v4);
      *unit = (BelfryAddressUnit){ .network = v4.sin_addr.s_addr, .family = AF_INET };
    }
  else if (length >= sizeof v6 && address->sa_family == AF_INET6)
    {
      memcpy (&v6, address, sizeof v6);
      init_v6 (unit, &v6.sin6_addr);
    }
}

BelfryAddresses *
belfry_addresses_new (void)
{
  BelfryAddresses *self = g_new0 (BelfryAddresses, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, g_free, NULL);
  if (getrandom (&self->key, sizeof self->key, 0) != sizeof self->key)
    belfry_log_error ("the system has no random bits: connections are counted without a key");
  return self;
}

BelfryAddresses *
belfry_addresses_ref (BelfryAddresses *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_addresses_unref (BelfryAddresses *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->entries);
  g_mutex_clear (&self->lock);
  g_free (self);
}

BelfryAddressVerdict
belfry_addresses_acquire (BelfryAddresses *self,
                          BelfryAddressUnit *unit,
                          guint max,
                          guint max_per_unit)
{
  if (!enter_all (self, max))
    return BELFRY_ADDRESS_TOO_MANY;
  if (max_per_unit == 0)
    unit->family = AF_UNSPEC;
  if (unit->family == AF_UNSPEC || enter_unit (self, unit, max_per_unit))
    return BELFRY_ADDRESS_ENTERED;
  leave_all (self);
  return BELFRY_ADDRESS_TOO_MANY_FROM_UNIT;
}

void
belfry_addresses_release (BelfryAddresses *self, const BelfryAddressUnit *unit)
{
  leave_all (self);
  if (unit->family != AF_UNSPEC)
    leave_unit (self, unit);
}

guint
belfry_addresses_get_n_connections (const BelfryAddresses *self)
{
  return atomic_load_explicit (&self->n_connections, memory_order_relaxed);
}

guint
belfry_addresses_get_n_units (BelfryAddresses *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  return g_hash_table_size (self->entries);
}
