/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-listen.h"

#include <gio/gio.h>
#include <net/if.h>
#include <string.h>
#include <sys/un.h>

#include "belfry-config-number.h"

/* Where to listen, from text to struct and back. Pure functions: nothing is resolved or opened. */

#define TLS_PREFIX "tls:"
#define UNIX_PREFIX "unix:"
#define SYSTEMD_WORD "systemd"
#define EVERY_ADDRESS "*"

/* Limits of DNS and of sd_listen_fds_with_names(). */
#define MAX_HOST 253
#define MAX_LABEL 63
#define MAX_SOCKET_NAME 255

static gboolean
is_label (const char *text, gsize length)
{
  if (length == 0 || length > MAX_LABEL || text[0] == '-' || text[length - 1] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_')
        return FALSE;
    }
  return TRUE;
}

/* A name whose last label is a number would be a wrong IPv4 address. */
static gboolean
is_host_name (const char *text)
{
  const char *label = text;

  if (strlen (text) > MAX_HOST)
    return FALSE;
  for (const char *dot = strchr (label, '.'); dot != NULL; dot = strchr (label, '.'))
    {
      if (!is_label (label, (gsize) (dot - label)))
        return FALSE;
      label = dot + 1;
    }
  return is_label (label, strlen (label)) && strspn (label, "0123456789") < strlen (label);
}

static gboolean
is_address (const char *text, GSocketFamily family)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL && g_inet_address_get_family (address) == family;
}

/* The zone is not looked up: its interface may come later. */
static char *
parse_v6 (const char *text)
{
  const char *zone = strchr (text, '%');
  g_autofree char *bare = zone != NULL ? g_strndup (text, (gsize) (zone - text)) : g_strdup (text);

  if (zone != NULL && (!is_label (zone + 1, strlen (zone + 1)) || strlen (zone + 1) >= IF_NAMESIZE))
    return NULL;
  if (!is_address (bare, G_SOCKET_FAMILY_IPV6))
    return NULL;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (bare);
  g_autofree char *canonical = g_inet_address_to_string (address);
  return g_strconcat (canonical, zone, NULL);
}

static gboolean
parse_host (BelfryConfigListen *self, const char *host)
{
  gsize length = strlen (host);

  if (strcmp (host, EVERY_ADDRESS) == 0)
    return TRUE;
  if (length > 2 && host[0] == '[' && host[length - 1] == ']')
    {
      g_autofree char *inner = g_strndup (host + 1, length - 2);

      self->host = parse_v6 (inner);
      return self->host != NULL;
    }
  if (!is_address (host, G_SOCKET_FAMILY_IPV4) && !is_host_name (host))
    return FALSE;
  self->host = g_ascii_strdown (host, -1);
  return TRUE;
}

static gboolean
parse_tcp (BelfryConfigListen *self, const char *text)
{
  const char *colon = strrchr (text, ':');
  gint64 port;

  if (colon == NULL || !belfry_config_parse_integer (colon + 1, &port) || port > G_MAXUINT16)
    return FALSE;
  g_autofree char *host = g_strndup (text, (gsize) (colon - text));
  self->kind = BELFRY_CONFIG_LISTEN_TCP;
  self->port = (guint16) port;
  return parse_host (self, host);
}

static gboolean
parse_unix (BelfryConfigListen *self, const char *path)
{
  self->kind = BELFRY_CONFIG_LISTEN_UNIX;
  if (self->tls || !g_path_is_absolute (path) || g_str_has_suffix (path, "/") ||
      strlen (path) >= sizeof (((struct sockaddr_un *) NULL)->sun_path))
    return FALSE;
  self->path = g_strdup (path);
  return TRUE;
}

/* @rest is what follows the word: nothing, or a colon and a name. */
static gboolean
parse_systemd (BelfryConfigListen *self, const char *rest)
{
  self->kind = BELFRY_CONFIG_LISTEN_SYSTEMD;
  if (*rest == '\0')
    return TRUE;
  const char *name = rest + 1;
  gsize length = strlen (name);
  if (length == 0 || length > MAX_SOCKET_NAME || strchr (name, ':') != NULL)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isgraph (name[i]))
        return FALSE;
    }
  self->name = g_strdup (name);
  return TRUE;
}

static gboolean
parse (BelfryConfigListen *self, const char *text)
{
  if (g_str_has_prefix (text, TLS_PREFIX))
    {
      self->tls = TRUE;
      text += strlen (TLS_PREFIX);
    }
  if (g_str_has_prefix (text, UNIX_PREFIX))
    return parse_unix (self, text + strlen (UNIX_PREFIX));
  if (strcmp (text, SYSTEMD_WORD) == 0 || g_str_has_prefix (text, SYSTEMD_WORD ":"))
    return parse_systemd (self, text + strlen (SYSTEMD_WORD));
  return parse_tcp (self, text);
}

BelfryConfigListen *
belfry_config_listen_parse (const char *text)
{
  g_autoptr (BelfryConfigListen) self = g_new0 (BelfryConfigListen, 1);

  return parse (self, text) ? g_steal_pointer (&self) : NULL;
}

void
belfry_config_listen_free (BelfryConfigListen *self)
{
  g_free (self->host);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

char *
belfry_config_listen_to_string (const BelfryConfigListen *self)
{
  const char *tls = self->tls ? TLS_PREFIX : "";
  gboolean v6 = self->host != NULL && strchr (self->host, ':') != NULL;

  switch (self->kind)
    {
    case BELFRY_CONFIG_LISTEN_UNIX:
      return g_strconcat (UNIX_PREFIX, self->path, NULL);
    case BELFRY_CONFIG_LISTEN_SYSTEMD:
      return g_strconcat (tls, SYSTEMD_WORD, self->name != NULL ? ":" : NULL, self->name, NULL);
    case BELFRY_CONFIG_LISTEN_TCP:
    default:
      return g_strdup_printf ("%s%s%s%s:%u", tls, v6 ? "[" : "",
                              self->host != NULL ? self->host : EVERY_ADDRESS, v6 ? "]" : "",
                              (guint) self->port);
    }
}

gboolean
belfry_config_listen_overlaps (const BelfryConfigListen *a, const BelfryConfigListen *b)
{
  if (a->kind != b->kind)
    return FALSE;
  switch (a->kind)
    {
    case BELFRY_CONFIG_LISTEN_UNIX:
      return strcmp (a->path, b->path) == 0;
    case BELFRY_CONFIG_LISTEN_SYSTEMD:
      return a->name == NULL || b->name == NULL || strcmp (a->name, b->name) == 0;
    case BELFRY_CONFIG_LISTEN_TCP:
    default:
      return a->port != 0 && a->port == b->port && g_strcmp0 (a->host, b->host) == 0;
    }
}
