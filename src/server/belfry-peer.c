/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-peer"

#include "config.h"

#include "belfry-peer.h"

#include <netinet/in.h>
#include <string.h>

/* Who the client is behind our own proxies. Pure functions over text and addresses. */
struct _BelfryProxies
{
  gatomicrefcount refs;
  GPtrArray *networks; /* (element-type GInetAddressMask) (owned) */
  gboolean unix_sockets;
};

/* A chain of proxies is short; what is longer was made up. */
#define MAX_HOPS 16
#define MAX_TEXT 64

/* An IPv4 address that came through a dual-stack socket is matched and shown as what it is. */
static GInetAddress *
unmap (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);
  struct in6_addr v6;

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return g_object_ref (address);
  memcpy (&v6, bytes, sizeof v6);
  if (IN6_IS_ADDR_V4MAPPED (&v6))
    return g_inet_address_new_from_bytes (bytes + 12, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

static gboolean
is_trusted (const BelfryProxies *self, GInetAddress *address)
{
  for (guint i = 0; i < self->networks->len; i++)
    {
      GInetAddressMask *network = g_ptr_array_index (self->networks, i);

      if (g_inet_address_mask_matches (network, address))
        return TRUE;
    }
  return FALSE;
}

/* `ADDRESS`, `ADDRESS:PORT` for IPv4, `[ADDRESS]` or `[ADDRESS]:PORT`: what proxies write. The port
 * is not looked at. */
static GInetAddress *
parse_hop (const char *start, gsize length)
{
  char text[MAX_TEXT];

  if (length == 0 || length >= sizeof text)
    return NULL;
  memcpy (text, start, length);
  text[length] = '\0';

  char *bare = text;
  char *colon = strchr (text, ':');

  if (*text == '[')
    {
      char *end = strchr (text, ']');

      if (end == NULL || (end[1] != '\0' && end[1] != ':'))
        return NULL;
      *end = '\0';
      bare++;
    }
  else if (colon != NULL && strchr (colon + 1, ':') == NULL)
    *colon = '\0';
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (bare);
  return address != NULL ? unmap (address) : NULL;
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

/* Cuts the last entry off a list; *length is what is left. */
static GInetAddress *
take_last_hop (const char *list, gsize *length)
{
  gsize end = *length;

  while (end > 0 && is_blank (list[end - 1]))
    end--;

  gsize start = end;

  while (start > 0 && list[start - 1] != ',')
    start--;
  *length = start > 0 ? start - 1 : 0;
  while (start < end && is_blank (list[start]))
    start++;
  return parse_hop (list + start, end - start);
}

BelfryProxies *
belfry_proxies_new (const GPtrArray *networks, gboolean unix_sockets)
{
  BelfryProxies *self = g_new0 (BelfryProxies, 1);

  g_atomic_ref_count_init (&self->refs);
  self->networks = g_ptr_array_new_with_free_func (g_object_unref);
  self->unix_sockets = unix_sockets;
  for (guint i = 0; networks != NULL && i < networks->len; i++)
    g_ptr_array_add (self->networks, g_object_ref (g_ptr_array_index (networks, i)));
  return self;
}

BelfryProxies *
belfry_proxies_ref (BelfryProxies *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_proxies_unref (BelfryProxies *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->networks);
  g_free (self);
}

gboolean
belfry_proxies_trust (const BelfryProxies *self, GInetAddress *address)
{
  if (address == NULL)
    return self->unix_sockets;
  g_autoptr (GInetAddress) plain = unmap (address);
  return is_trusted (self, plain);
}

char *
belfry_proxies_resolve (const BelfryProxies *self, GInetAddress *address, const char *forwarded)
{
  g_autoptr (GInetAddress) client = address != NULL ? unmap (address) : NULL;
  gsize length = forwarded != NULL ? strlen (forwarded) : 0;

  for (guint i = 0; i < MAX_HOPS && length > 0 && belfry_proxies_trust (self, client); i++)
    {
      GInetAddress *hop = take_last_hop (forwarded, &length);

      if (hop == NULL)
        break;
      g_clear_object (&client);
      client = hop;
    }
  return client != NULL ? g_inet_address_to_string (client) : g_strdup (BELFRY_PEER_UNIX);
}
