/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-text.h"

#include <gio/gio.h>
#include <string.h>

#include "belfry-config-listen.h"
#include "belfry-config-number.h"

/* What single words mean: origins, networks, names, paths, URLs. Pure functions: any thread,
 * nothing is resolved or opened. */

#define MAX_NAME 64
#define MAX_PATH_LENGTH 4095
#define MAX_TOPIC 255
#define MAX_ENDPOINT 255
#define MAX_CREDENTIAL 255
#define MAX_URL 2048
#define MAX_DATABASE 65535
#define HIDDEN "***"

#define HOST_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
#define SCHEME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789+-."
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define CREDENTIAL_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* A tab is white space, and no worse than a blank. */
static gboolean
has_control_or (const char *text, gboolean (*is_bad) (gunichar))
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if ((g_unichar_iscntrl (c) && c != '\t') || (is_bad != NULL && is_bad (c)))
        return TRUE;
    }
  return FALSE;
}

/* What a browser leaves out of an origin, or 0. */
static guint16
port_of_scheme (const char *scheme)
{
  if (strcmp (scheme, "https") == 0)
    return 443;
  return strcmp (scheme, "http") == 0 ? 80 : 0;
}

/* @rest is HOST or HOST:PORT. The listener's grammar of hosts is the one wanted here. */
static char *
parse_authority (const char *scheme, const char *rest)
{
  const char *wildcard = g_str_has_prefix (rest, "*.") ? "*." : "";
  const char *host = rest + strlen (wildcard);
  const char *bracket = strrchr (host, ']');
  gboolean has_port = strchr (bracket != NULL ? bracket : host, ':') != NULL;
  g_autofree char *full = has_port ? g_strdup (host) : g_strconcat (host, ":0", NULL);
  g_autofree char *prefixed = g_strconcat ("tls:", full, NULL);
  g_autoptr (BelfryConfigListen) parsed = belfry_config_listen_parse (prefixed);

  if (parsed == NULL || parsed->kind != BELFRY_CONFIG_LISTEN_TCP || parsed->host == NULL ||
      (has_port && parsed->port == 0))
    return NULL;
  if (parsed->port == port_of_scheme (scheme))
    parsed->port = 0;
  parsed->tls = FALSE;
  g_autofree char *canonical = belfry_config_listen_to_string (parsed);
  if (parsed->port == 0)
    *strrchr (canonical, ':') = '\0';
  return g_strconcat (wildcard, canonical, NULL);
}

char *
belfry_config_parse_origin (const char *word)
{
  const char *separator = strstr (word, "://");

  if (strcmp (word, "*") == 0)
    return g_strdup (word);
  if (separator == NULL)
    return NULL;
  g_autofree char *head = g_strndup (word, (gsize) (separator - word));
  g_autofree char *scheme = g_ascii_strdown (head, -1);
  if (!g_ascii_isalpha (*scheme) || strspn (scheme, SCHEME_LETTERS) != strlen (scheme))
    return NULL;
  g_autofree char *rest = parse_authority (scheme, separator + strlen ("://"));
  return rest != NULL ? g_strconcat (scheme, "://", rest, NULL) : NULL;
}

char *
belfry_config_parse_network (const char *word)
{
  if (strcmp (word, "unix") == 0)
    return g_strdup (word);
  const char *slash = strchr (word, '/');
  g_autofree char *head =
      slash != NULL ? g_strndup (word, (gsize) (slash - word)) : g_strdup (word);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (head);
  if (address == NULL)
    return NULL;
  /* GLib's own parser of masks warns, and may end the program, where it should fail. */
  gint64 most = (gint64) g_inet_address_get_native_size (address) * 8;
  gint64 length = most;
  if (slash != NULL && (!belfry_config_parse_integer (slash + 1, &length) || length > most))
    return NULL;
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new (address, (guint) length, NULL);
  return mask != NULL ? g_inet_address_mask_to_string (mask) : NULL;
}

char *
belfry_config_parse_name (const char *word)
{
  gsize length = strlen (word);

  if (length == 0 || length > MAX_NAME || !g_ascii_islower (*word) ||
      strspn (word, NAME_LETTERS) != length)
    return NULL;
  return g_strdup (word);
}

char *
belfry_config_parse_path (const char *word)
{
  if (!g_path_is_absolute (word) || strlen (word) > MAX_PATH_LENGTH ||
      belfry_config_has_control (word))
    return NULL;
  return g_strdup (word);
}

char *
belfry_config_parse_credential (const char *word)
{
  gsize length = strlen (word);

  if (length == 0 || length > MAX_CREDENTIAL || strspn (word, CREDENTIAL_LETTERS) != length ||
      strcmp (word, ".") == 0 || strcmp (word, "..") == 0)
    return NULL;
  return g_strdup (word);
}

/* The path of a URL with a host is a database's number, if anything. */
static gboolean
is_database (const char *path)
{
  gint64 number;

  return strcmp (path, "") == 0 || strcmp (path, "/") == 0 ||
         (belfry_config_parse_integer (path + 1, &number) && number <= MAX_DATABASE);
}

static gboolean
is_database_query (const char *query)
{
  gint64 number;

  return query == NULL ||
         (g_str_has_prefix (query, "db=") &&
          belfry_config_parse_integer (query + strlen ("db="), &number) && number <= MAX_DATABASE);
}

static gboolean
is_server (GUri *uri)
{
  const char *host = g_uri_get_host (uri);
  gboolean has_host = host != NULL && *host != '\0';

  if (g_uri_get_fragment (uri) != NULL || g_str_has_suffix (g_uri_get_scheme (uri), "+sentinel") ||
      g_str_has_suffix (g_uri_get_scheme (uri), "+cluster"))
    return FALSE;
  if (g_str_has_suffix (g_uri_get_scheme (uri), "+unix"))
    return !has_host && g_uri_get_port (uri) == -1 && g_path_is_absolute (g_uri_get_path (uri)) &&
           strlen (g_uri_get_path (uri)) > 1 && is_database_query (g_uri_get_query (uri));
  return has_host && g_uri_get_port (uri) != 0 && is_database (g_uri_get_path (uri)) &&
         g_uri_get_query (uri) == NULL;
}

/* Returns: (nullable): what follows the hosts of a URL whose scheme ends with @kind. A list of
 * hosts is nothing that GUri knows: it only has to look like one here. Who connects looks closer.
 */
static const char *
skip_hosts (const char *word, const char *kind, const char *const *schemes)
{
  const char *rest = strstr (word, "://");

  if (rest == NULL)
    return NULL;
  g_autofree char *scheme = g_strndup (word, (gsize) (rest - word));
  rest += strlen ("://");
  const char *at = memrchr (rest, '@', strcspn (rest, "/?#"));
  rest = at != NULL ? at + 1 : rest;
  gsize hosts = strspn (rest, HOST_LETTERS ",:[]");
  if (!g_str_has_suffix (scheme, kind) || !g_strv_contains (schemes, scheme) || hosts == 0)
    return NULL;
  return rest + hosts;
}

static gboolean
is_cluster_url (const char *word, const char *const *schemes)
{
  const char *rest = skip_hosts (word, "+cluster", schemes);

  return rest != NULL && (*rest == '\0' || g_str_equal (rest, "/"));
}

static gboolean
is_sentinel_url (const char *word, const char *const *schemes)
{
  const char *rest = skip_hosts (word, "+sentinel", schemes);

  if (rest == NULL || *rest != '/')
    return FALSE;
  rest++;
  gsize name = strspn (rest, HOST_LETTERS);
  return name > 0 && (rest[name] == '\0' || (rest[name] == '/' && is_database (rest + name)));
}

static gboolean
is_bad_in_url (gunichar c)
{
  return c <= ' ' || c >= 0x7f;
}

char *
belfry_config_parse_url (const char *word, const char *const *schemes)
{
  if (strlen (word) > MAX_URL || has_control_or (word, is_bad_in_url))
    return NULL;
  if (is_sentinel_url (word, schemes) || is_cluster_url (word, schemes))
    return g_strdup (word);
  g_autoptr (GUri) uri = g_uri_parse (word, G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (uri == NULL || !g_strv_contains (schemes, g_uri_get_scheme (uri)) || !is_server (uri))
    return NULL;
  return g_strdup (word);
}

/* A user without a password may be a password in the wrong place. */
char *
belfry_config_redact_url (const char *url)
{
  const char *authority = strstr (url, "://");

  if (authority == NULL)
    return g_strdup (url);
  authority += strlen ("://");
  gsize length = strcspn (authority, "/?#");
  const char *at = memrchr (authority, '@', length);
  if (at == NULL)
    return g_strdup (url);
  const char *colon = memchr (authority, ':', (gsize) (at - authority));
  const char *shown = colon != NULL ? colon + 1 : authority;
  g_autofree char *head = g_strndup (url, (gsize) (shown - url));
  return g_strconcat (head, HIDDEN, at, NULL);
}

char *
belfry_config_hide_credentials (const char *text)
{
  const char *authority = strstr (text, "://");
  const char *at = authority != NULL ? strrchr (authority, '@') : NULL;

  if (at == NULL)
    return g_strdup (text);
  g_autofree char *head = g_strndup (text, (gsize) (authority - text));
  return g_strconcat (head, "://" HIDDEN, at, NULL);
}

gboolean
belfry_config_has_control (const char *text)
{
  return has_control_or (text, NULL);
}

gboolean
belfry_config_is_topic_pattern (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= MAX_TOPIC && !has_control_or (text, g_unichar_isspace);
}

gboolean
belfry_config_is_endpoint_path (const char *text)
{
  if (*text != '/' || strlen (text) > MAX_ENDPOINT || has_control_or (text, g_unichar_isspace) ||
      strpbrk (text, "?#\\") != NULL || strstr (text, "//") != NULL)
    return FALSE;
  return strstr (text, "/./") == NULL && strstr (text, "/../") == NULL &&
         !g_str_has_suffix (text, "/.") && !g_str_has_suffix (text, "/..");
}
