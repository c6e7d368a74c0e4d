/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-url"

#include "config.h"

#include "belfry-redis-url.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/un.h>

#include "belfry-error.h"

/* The parts of a Redis URL. Not GUri: that leaves copies of the password behind, and takes much
 * that means nothing here. What is not understood is refused, and never quoted, for a password may
 * stand anywhere in a URL that somebody got wrong. */

#define DEFAULT_PORT 6379
#define DEFAULT_SENTINEL_PORT 26379
#define MAX_PEERS 16
#define MAX_HOST 253
#define MAX_DATABASE 65535

/* What a socket's address takes, with its NUL. */
#define MAX_PATH sizeof (((struct sockaddr_un *) 0)->sun_path)

struct _BelfryRedisUrl
{
  gatomicrefcount n_refs;
  BelfryRedisScheme scheme;
  char *host; /* (owned) (nullable) */
  char *path; /* (owned) (nullable) */
  guint16 port;
  guint database;
  BelfrySecret *user;     /* (owned) (nullable) */
  BelfrySecret *password; /* (owned) (nullable) */
  char *service;          /* (owned) (nullable) */
  GPtrArray *peers;       /* (element-type BelfryRedisUrl) (owned) (nullable): Sentinels or nodes */
  char *shown;            /* (owned) */
};

static const char *const scheme_prefixes[] = {
  [BELFRY_REDIS_SCHEME_TCP] = "redis://",
  [BELFRY_REDIS_SCHEME_TLS] = "rediss://",
  [BELFRY_REDIS_SCHEME_UNIX] = "redis+unix://",
  [BELFRY_REDIS_SCHEME_SENTINEL] = "redis+sentinel://",
  [BELFRY_REDIS_SCHEME_SENTINEL_TLS] = "rediss+sentinel://",
  [BELFRY_REDIS_SCHEME_CLUSTER] = "redis+cluster://",
  [BELFRY_REDIS_SCHEME_CLUSTER_TLS] = "rediss+cluster://",
};
G_STATIC_ASSERT (G_N_ELEMENTS (scheme_prefixes) == BELFRY_REDIS_N_SCHEMES);

static gboolean
refuse (GError **error, const char *expected)
{
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "the URL of Redis: %s", expected);
  return FALSE;
}

/* Returns: (transfer full) (nullable): the text that @length bytes stand for */
static char *
decode (const char *encoded, gsize length)
{
  g_autoptr (BelfrySecretText) text = g_malloc (length + 1);
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      char c = encoded[i];

      if (c == '%')
        {
          if (length - i < 3 || !g_ascii_isxdigit (encoded[i + 1]) ||
              !g_ascii_isxdigit (encoded[i + 2]))
            c = '\0';
          else
            c = (char) (g_ascii_xdigit_value (encoded[i + 1]) * 16 +
                        g_ascii_xdigit_value (encoded[i + 2]));
          i += 2;
        }
      text[n++] = c;
      if (c == '\0')
        return NULL;
    }
  text[n] = '\0';
  return g_steal_pointer (&text);
}

static gboolean
parse_number (const char *text, gsize length, guint64 max, guint *value)
{
  guint64 number = 0;

  if (length == 0 || length > 9)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      number = number * 10 + (guint64) (text[i] - '0');
    }
  *value = (guint) number;
  return number <= max;
}

static gboolean
parse_scheme (BelfryRedisUrl *self, const char **at, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (scheme_prefixes); i++)
    {
      gsize length = strlen (scheme_prefixes[i]);

      if (g_ascii_strncasecmp (*at, scheme_prefixes[i], length) == 0)
        {
          self->scheme = (BelfryRedisScheme) i;
          *at += length;
          return TRUE;
        }
    }
  return refuse (error, "expected redis://, rediss://, redis+unix://, redis+sentinel:// or "
                        "redis+cluster://");
}

/* Who is alone before the `@` is a user to some programs, a password to others: ask for clarity. */
static gboolean
parse_user_info (BelfryRedisUrl *self, const char **at, GError **error)
{
  gsize authority = strcspn (*at, "/?#");
  const char *end = memrchr (*at, '@', authority);

  if (end == NULL)
    return TRUE;
  const char *colon = memchr (*at, ':', (gsize) (end - *at));
  if (colon == NULL)
    return refuse (error, "expected USER:PASSWORD or :PASSWORD before the @");
  g_autoptr (BelfrySecretText) user = decode (*at, (gsize) (colon - *at));
  g_autoptr (BelfrySecretText) password = decode (colon + 1, (gsize) (end - colon - 1));
  if (user == NULL || password == NULL)
    return refuse (error, "expected two hex digits, not 00, after each % before the @");
  if (*password == '\0')
    return refuse (error, "expected a password before the @");
  if (*user != '\0')
    self->user = belfry_secret_new_take_text (g_steal_pointer (&user));
  self->password = belfry_secret_new_take_text (g_steal_pointer (&password));
  *at = end + 1;
  return TRUE;
}

static gboolean
parse_literal (BelfryRedisUrl *self, const char **at, GError **error)
{
  const char *end = strchr (*at, ']');

  if (end == NULL)
    return refuse (error, "expected ] after an IPv6 address");
  self->host = g_strndup (*at + 1, (gsize) (end - *at - 1));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->host);
  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return refuse (error, "expected an IPv6 address between [ and ]");
  *at = end + 1;
  return TRUE;
}

static gboolean
parse_name (BelfryRedisUrl *self, const char **at, GError **error)
{
  gsize length = strcspn (*at, ",:/?#");

  if (length == 0 || length > MAX_HOST)
    return refuse (error, "expected a host");
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isalnum ((*at)[i]) && strchr ("-._", (*at)[i]) == NULL)
        return refuse (error, "expected letters, digits, dots and hyphens as host");
    }
  self->host = g_strndup (*at, length);
  *at += length;
  return TRUE;
}

static gboolean
parse_port (BelfryRedisUrl *self, const char **at, guint port, GError **error)
{
  if (**at == ':')
    {
      gsize length = strcspn (++*at, ",/?#");

      if (!parse_number (*at, length, G_MAXUINT16, &port) || port == 0)
        return refuse (error, "expected a port from 1 to 65535 after the host");
      *at += length;
    }
  self->port = (guint16) port;
  return TRUE;
}

static gboolean
parse_address (BelfryRedisUrl *self, const char **at, guint port, GError **error)
{
  return (**at == '[' ? parse_literal (self, at, error) : parse_name (self, at, error)) &&
         parse_port (self, at, port, error);
}

static gboolean
parse_host (BelfryRedisUrl *self, const char *at, GError **error)
{
  if (!parse_address (self, &at, DEFAULT_PORT, error))
    return FALSE;
  if (*at == '\0' || g_str_equal (at, "/"))
    return TRUE;
  if (*at != '/' || !parse_number (at + 1, strlen (at + 1), MAX_DATABASE, &self->database))
    return refuse (error, "expected nothing or the number of a database after host and port");
  return TRUE;
}

static gboolean
parse_path (BelfryRedisUrl *self, const char *at, GError **error)
{
  gsize length = strcspn (at, "?#");

  if (*at != '/')
    return refuse (error, "expected an absolute path: three slashes after redis+unix:");
  self->path = decode (at, length);
  if (self->path == NULL)
    return refuse (error, "expected two hex digits, not 00, after each % in the path");
  if (length < 2 || strlen (self->path) >= MAX_PATH)
    return refuse (error, "expected a path that is short enough for a socket");
  at += length;
  if (*at == '\0')
    return TRUE;
  if (!g_str_has_prefix (at, "?db=") ||
      !parse_number (at + 4, strlen (at + 4), MAX_DATABASE, &self->database))
    return refuse (error, "expected nothing or ?db=NUMBER after the path");
  return TRUE;
}

static void
append_shown_address (const BelfryRedisUrl *self, GString *text)
{
  gboolean literal = strchr (self->host, ':') != NULL;

  g_string_append_printf (text, "%s%s%s:%u", literal ? "[" : "", self->host, literal ? "]" : "",
                          self->port);
}

static gboolean
is_cluster (const BelfryRedisUrl *self)
{
  return self->scheme == BELFRY_REDIS_SCHEME_CLUSTER ||
         self->scheme == BELFRY_REDIS_SCHEME_CLUSTER_TLS;
}

static guint
n_peers (const BelfryRedisUrl *self)
{
  return self->peers != NULL ? self->peers->len : 0;
}

static char *
make_shown (const BelfryRedisUrl *self)
{
  GString *text = g_string_new (scheme_prefixes[self->scheme]);

  if (self->password != NULL)
    g_string_append (text, "*@");
  if (self->path != NULL)
    {
      g_autofree char *path = g_uri_escape_string (self->path, "/", FALSE);

      g_string_append_printf (text, "%s?db=%u", path, self->database);
      return g_string_free (text, FALSE);
    }
  if (self->host != NULL)
    append_shown_address (self, text);
  for (guint i = 0; i < n_peers (self); i++)
    {
      g_string_append (text, i > 0 ? "," : "");
      append_shown_address (g_ptr_array_index (self->peers, i), text);
    }
  if (self->service != NULL)
    g_string_append_printf (text, "/%s", self->service);
  if (!is_cluster (self))
    g_string_append_printf (text, "/%u", self->database);
  return g_string_free (text, FALSE);
}

static BelfryRedisUrl *
url_new (BelfryRedisScheme scheme)
{
  BelfryRedisUrl *self = g_new0 (BelfryRedisUrl, 1);

  g_atomic_ref_count_init (&self->n_refs);
  self->scheme = scheme;
  return self;
}

/* What is connected to is a server, however it was found. */
static BelfryRedisScheme
server_scheme (const BelfryRedisUrl *self)
{
  gboolean secure = self->scheme == BELFRY_REDIS_SCHEME_TLS ||
                    self->scheme == BELFRY_REDIS_SCHEME_SENTINEL_TLS ||
                    self->scheme == BELFRY_REDIS_SCHEME_CLUSTER_TLS;

  return secure ? BELFRY_REDIS_SCHEME_TLS : BELFRY_REDIS_SCHEME_TCP;
}

static gboolean
parse_peers (BelfryRedisUrl *self, const char **at, guint port, GError **error)
{
  self->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_redis_url_unref);
  do
    {
      BelfryRedisUrl *peer = url_new (server_scheme (self));

      *at += **at == ',' ? 1 : 0;
      g_ptr_array_add (self->peers, peer);
      if (!parse_address (peer, at, port, error))
        return FALSE;
    }
  while (**at == ',' && self->peers->len < MAX_PEERS);
  return TRUE;
}

static void
show_peers (BelfryRedisUrl *self)
{
  for (guint i = 0; i < n_peers (self); i++)
    {
      BelfryRedisUrl *peer = g_ptr_array_index (self->peers, i);

      peer->shown = make_shown (peer);
    }
}

static gboolean
parse_sentinels (BelfryRedisUrl *self, const char **at, GError **error)
{
  if (!parse_peers (self, at, DEFAULT_SENTINEL_PORT, error))
    return FALSE;
  show_peers (self);
  return **at == '/' || refuse (error, "expected HOST:PORT,HOST:PORT/NAME of at most 16 Sentinels");
}

/* A cluster has one database, and one list of users for all nodes. */
static gboolean
parse_cluster_url (BelfryRedisUrl *self, const char *at, GError **error)
{
  if (!parse_peers (self, &at, DEFAULT_PORT, error))
    return FALSE;
  if (*at != '\0' && !g_str_equal (at, "/"))
    return refuse (error, "expected HOST:PORT,HOST:PORT of at most 16 nodes, and nothing behind");
  for (guint i = 0; i < n_peers (self); i++)
    {
      BelfryRedisUrl *peer = g_ptr_array_index (self->peers, i);

      peer->user = self->user != NULL ? belfry_secret_ref (self->user) : NULL;
      peer->password = self->password != NULL ? belfry_secret_ref (self->password) : NULL;
    }
  show_peers (self);
  return TRUE;
}

/* As Redis wants it. */
static gboolean
parse_service (BelfryRedisUrl *self, const char **at, GError **error)
{
  gsize length = strcspn (++*at, "/?#");

  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isalnum ((*at)[i]) && strchr ("-._", (*at)[i]) == NULL)
        length = 0;
    }
  if (length == 0)
    return refuse (error, "expected a name of letters, digits, dots, hyphens after the Sentinels");
  self->service = g_strndup (*at, length);
  *at += length;
  if (**at != '/')
    return TRUE;
  length = strcspn (++*at, "?#");
  if (length > 0 && !parse_number (*at, length, MAX_DATABASE, &self->database))
    return refuse (error, "expected nothing or the number of a database after the name");
  *at += length;
  return TRUE;
}

static gboolean
parse_sentinel_url (BelfryRedisUrl *self, const char *at, GError **error)
{
  if (!parse_sentinels (self, &at, error) || !parse_service (self, &at, error))
    return FALSE;
  return *at == '\0' || refuse (error, "expected nothing after the name and the database");
}

typedef gboolean (*Parser) (BelfryRedisUrl *self, const char *at, GError **error);

static const Parser parsers[] = {
  [BELFRY_REDIS_SCHEME_TCP] = parse_host,
  [BELFRY_REDIS_SCHEME_TLS] = parse_host,
  [BELFRY_REDIS_SCHEME_UNIX] = parse_path,
  [BELFRY_REDIS_SCHEME_SENTINEL] = parse_sentinel_url,
  [BELFRY_REDIS_SCHEME_SENTINEL_TLS] = parse_sentinel_url,
  [BELFRY_REDIS_SCHEME_CLUSTER] = parse_cluster_url,
  [BELFRY_REDIS_SCHEME_CLUSTER_TLS] = parse_cluster_url,
};
G_STATIC_ASSERT (G_N_ELEMENTS (parsers) == BELFRY_REDIS_N_SCHEMES);

BelfryRedisUrl *
belfry_redis_url_parse (const char *url, GError **error)
{
  g_autoptr (BelfryRedisUrl) self = url_new (BELFRY_REDIS_SCHEME_TCP);

  if (strlen (url) > BELFRY_REDIS_URL_MAX)
    {
      refuse (error, "expected a shorter one");
      return NULL;
    }
  if (!parse_scheme (self, &url, error) || !parse_user_info (self, &url, error) ||
      !parsers[self->scheme](self, url, error))
    return NULL;
  self->shown = make_shown (self);
  return g_steal_pointer (&self);
}

BelfryRedisUrl *
belfry_redis_url_ref (BelfryRedisUrl *self)
{
  g_atomic_ref_count_inc (&self->n_refs);
  return self;
}

void
belfry_redis_url_unref (BelfryRedisUrl *self)
{
  if (!g_atomic_ref_count_dec (&self->n_refs))
    return;
  g_free (self->host);
  g_free (self->path);
  g_clear_pointer (&self->user, belfry_secret_unref);
  g_clear_pointer (&self->password, belfry_secret_unref);
  g_clear_pointer (&self->peers, g_ptr_array_unref);
  g_free (self->service);
  g_free (self->shown);
  g_free (self);
}

BelfryRedisScheme
belfry_redis_url_get_scheme (const BelfryRedisUrl *self)
{
  return self->scheme;
}

const char *
belfry_redis_url_get_host (const BelfryRedisUrl *self)
{
  return self->host;
}

guint16
belfry_redis_url_get_port (const BelfryRedisUrl *self)
{
  return self->port;
}

const char *
belfry_redis_url_get_path (const BelfryRedisUrl *self)
{
  return self->path;
}

guint
belfry_redis_url_get_database (const BelfryRedisUrl *self)
{
  return self->database;
}

const BelfrySecret *
belfry_redis_url_get_user (const BelfryRedisUrl *self)
{
  return self->user;
}

const BelfrySecret *
belfry_redis_url_get_password (const BelfryRedisUrl *self)
{
  return self->password;
}

const char *
belfry_redis_url_get_service (const BelfryRedisUrl *self)
{
  return self->service;
}

guint
belfry_redis_url_get_n_sentinels (const BelfryRedisUrl *self)
{
  return is_cluster (self) ? 0 : n_peers (self);
}

BelfryRedisUrl *
belfry_redis_url_get_sentinel (const BelfryRedisUrl *self, guint index)
{
  return g_ptr_array_index (self->peers, index);
}

guint
belfry_redis_url_get_n_seeds (const BelfryRedisUrl *self)
{
  return is_cluster (self) ? n_peers (self) : 0;
}

BelfryRedisUrl *
belfry_redis_url_get_seed (const BelfryRedisUrl *self, guint index)
{
  return g_ptr_array_index (self->peers, index);
}

BelfryRedisUrl *
belfry_redis_url_new_at (const BelfryRedisUrl *self,
                         const char *host,
                         const char *port,
                         GError **error)
{
  gboolean literal = strchr (host, ':') != NULL;
  g_autofree char *address =
      g_strconcat (literal ? "[" : "", host, literal ? "]:" : ":", port, NULL);
  g_autoptr (BelfryRedisUrl) other = url_new (server_scheme (self));
  const char *at = address;

  if (!parse_address (other, &at, 0, error))
    return NULL;
  if (*at != '\0')
    {
      refuse (error, "expected a host and a port");
      return NULL;
    }
  other->database = self->database;
  other->user = self->user != NULL ? belfry_secret_ref (self->user) : NULL;
  other->password = self->password != NULL ? belfry_secret_ref (self->password) : NULL;
  other->shown = make_shown (other);
  return g_steal_pointer (&other);
}

static BelfrySecret *
secret_or (BelfrySecret *secret, BelfrySecret *other)
{
  secret = secret != NULL ? secret : other;
  return secret != NULL ? belfry_secret_ref (secret) : NULL;
}

static BelfryRedisUrl *
copy_address (const BelfryRedisUrl *self)
{
  BelfryRedisUrl *copy = url_new (self->scheme);

  copy->host = g_strdup (self->host);
  copy->path = g_strdup (self->path);
  copy->port = self->port;
  copy->database = self->database;
  copy->service = g_strdup (self->service);
  return copy;
}

BelfryRedisUrl *
belfry_redis_url_new_with_secrets (const BelfryRedisUrl *self,
                                   BelfrySecret *user,
                                   BelfrySecret *password,
                                   BelfrySecret *sentinel_password)
{
  BelfryRedisUrl *copy = copy_address (self);

  copy->user = secret_or (user, self->user);
  copy->password = secret_or (password, self->password);
  if (self->peers != NULL)
    copy->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_redis_url_unref);
  for (guint i = 0; i < n_peers (self); i++)
    {
      const BelfryRedisUrl *peer = g_ptr_array_index (self->peers, i);
      gboolean node = is_cluster (self);

      g_ptr_array_add (copy->peers,
                       belfry_redis_url_new_with_secrets (peer, node ? user : NULL,
                                                          node ? password : sentinel_password,
                                                          NULL));
    }
  copy->shown = make_shown (copy);
  return copy;
}

GSocketConnectable *
belfry_redis_url_get_connectable (const BelfryRedisUrl *self)
{
  if (self->scheme == BELFRY_REDIS_SCHEME_UNIX)
    return G_SOCKET_CONNECTABLE (g_unix_socket_address_new (self->path));
  return g_network_address_new (self->host, self->port);
}

const char *
belfry_redis_url_get_shown (const BelfryRedisUrl *self)
{
  return self->shown;
}
