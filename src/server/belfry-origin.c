/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-origin"

#include "config.h"

#include "belfry-origin.h"

#include <string.h>

/* Origins are compared as browsers do: scheme, host and port, whatever the case of the letters,
 * with the scheme's port where none is named. Pure functions; nothing is resolved. */

#define ANY "*"
#define FAMILY "*."
#define SEPARATOR "://"
#define HOST_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._"
#define ADDRESS_CHARACTERS "0123456789abcdefABCDEF:."

/* A part of somebody else's text. */
typedef struct
{
  const char *text; /* (unowned) */
  gsize length;
} Span;

typedef struct
{
  Span scheme;
  Span host;
  guint port;
} Origin;

struct _BelfryOrigins
{
  gatomicrefcount refs;
  gboolean any;
  GPtrArray *origins; /* (element-type utf8) (owned) */
};

static gboolean
span_equal (Span a, Span b)
{
  return a.length == b.length && g_ascii_strncasecmp (a.text, b.text, a.length) == 0;
}

static gboolean
span_is (Span a, const char *text)
{
  return span_equal (a, (Span){ text, strlen (text) });
}

static guint
default_port (Span scheme)
{
  if (span_is (scheme, "https"))
    return 443;
  return span_is (scheme, "http") ? 80 : 0;
}

/* What follows the host: nothing, or a colon and a number. */
static gboolean
parse_port (const char *text, guint fallback, guint *port)
{
  guint64 number;

  *port = fallback;
  if (*text == '\0')
    return TRUE;
  if (*text != ':' || !g_ascii_string_to_unsigned (text + 1, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint) number;
  return TRUE;
}

static gboolean
parse_authority (const char *text, guint fallback, Span *host, guint *port)
{
  gsize length;

  if (*text == '[')
    {
      length = 1 + strspn (text + 1, ADDRESS_CHARACTERS);
      if (length == 1 || text[length++] != ']')
        return FALSE;
    }
  else
    length = strspn (text, HOST_CHARACTERS);
  *host = (Span){ text, length };
  return length > 0 && parse_port (text + length, fallback, port);
}

static gboolean
parse_origin (const char *text, Origin *origin)
{
  const char *separator = strstr (text, SEPARATOR);

  if (separator == NULL || separator == text)
    return FALSE;
  origin->scheme = (Span){ text, (gsize) (separator - text) };
  return parse_authority (separator + strlen (SEPARATOR), default_port (origin->scheme),
                          &origin->host, &origin->port);
}

static gboolean
is_below (Span host, Span family)
{
  return host.length > family.length && host.text[host.length - family.length - 1] == '.' &&
         host.text[0] != '.' &&
         span_equal ((Span){ host.text + host.length - family.length, family.length }, family);
}

/* The entry is parsed without its `*.`, which is no host. */
static gboolean
entry_allows (const char *entry, const Origin *origin)
{
  const char *separator = strstr (entry, SEPARATOR);
  gboolean is_family =
      separator != NULL && g_str_has_prefix (separator + strlen (SEPARATOR), FAMILY);
  gsize skipped = is_family ? strlen (FAMILY) : 0;
  Origin allowed = { 0 };

  if (separator == NULL)
    return FALSE;
  allowed.scheme = (Span){ entry, (gsize) (separator - entry) };
  if (!parse_authority (separator + strlen (SEPARATOR) + skipped, default_port (allowed.scheme),
                        &allowed.host, &allowed.port))
    return FALSE;
  if (!span_equal (allowed.scheme, origin->scheme) || allowed.port != origin->port)
    return FALSE;
  return is_family ? is_below (origin->host, allowed.host)
                   : span_equal (origin->host, allowed.host);
}

static gboolean
is_same (const Origin *origin, const char *host)
{
  Span name;
  guint port;

  return host != NULL && default_port (origin->scheme) != 0 &&
         parse_authority (host, default_port (origin->scheme), &name, &port) &&
         span_equal (name, origin->host) && port == origin->port;
}

BelfryOrigins *
belfry_origins_new (const char *const *list)
{
  BelfryOrigins *self = g_new0 (BelfryOrigins, 1);

  g_atomic_ref_count_init (&self->refs);
  self->origins = g_ptr_array_new_with_free_func (g_free);
  for (; *list != NULL; list++)
    {
      self->any = self->any || strcmp (*list, ANY) == 0;
      g_ptr_array_add (self->origins, g_strdup (*list));
    }
  return self;
}

BelfryOrigins *
belfry_origins_ref (BelfryOrigins *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_origins_unref (BelfryOrigins *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->origins);
  g_free (self);
}

gboolean
belfry_origins_allow (const BelfryOrigins *self, const char *origin, const char *host)
{
  Origin parsed;

  if (origin == NULL || self->any)
    return TRUE;
  if (!parse_origin (origin, &parsed))
    return FALSE;
  if (self->origins->len == 0)
    return is_same (&parsed, host);
  for (guint i = 0; i < self->origins->len; i++)
    {
      if (entry_allows (g_ptr_array_index (self->origins, i), &parsed))
        return TRUE;
    }
  return FALSE;
}
