/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-check.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-private.h"
#include "belfry-config-table.h"
#include "belfry-config-text.h"

/* Settings against each other, one function for each rule. Reads only; any thread. */

/* RFC 7518 wants the key of HS256 to be as long as its hash. */
#define MIN_JWT_SECRET 32
#define HMAC_PREFIX "HS"

typedef void (*Check) (const BelfryConfig *config, BelfryConfigProblems *problems);

static void G_GNUC_PRINTF (4, 5) note (const BelfryConfig *config,
                                       BelfryConfigProblems *problems,
                                       BelfryConfigKey key,
                                       const char *format,
                                       ...)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);
  g_autofree char *title = belfry_config_group_title (row->group, NULL);
  const BelfryConfigPlace place = { &config->values[key].origin, title, row->name };
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  belfry_config_problems_error (problems, &place, NULL, "%s", message);
}

static void G_GNUC_PRINTF (4, 5) warn (const BelfryConfig *config,
                                       BelfryConfigProblems *problems,
                                       BelfryConfigKey key,
                                       const char *format,
                                       ...)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);
  g_autofree char *title = belfry_config_group_title (row->group, NULL);
  const BelfryConfigPlace place = { &config->values[key].origin, title, row->name };
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  belfry_config_problems_warn (problems, &place, "%s", message);
}

static gboolean
is_empty (const BelfryConfig *config, BelfryConfigKey key)
{
  return *config->values[key].text == '\0';
}

static void
check_certificate (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  gboolean has_certificate = !is_empty (config, BELFRY_CONFIG_SERVER_TLS_CERTIFICATE);
  gboolean has_key = !is_empty (config, BELFRY_CONFIG_SERVER_TLS_KEY);

  if (has_certificate && !has_key)
    note (config, problems, BELFRY_CONFIG_SERVER_TLS_CERTIFICATE, _ ("expected tls-key, too"));
  if (has_key && !has_certificate)
    note (config, problems, BELFRY_CONFIG_SERVER_TLS_KEY, _ ("expected tls-certificate, too"));
}

static void
check_tls_listeners (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  const GPtrArray *list = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);

  for (guint i = 0; i < list->len; i++)
    {
      const BelfryConfigListen *listen = list->pdata[i];

      if (listen->tls && is_empty (config, BELFRY_CONFIG_SERVER_TLS_CERTIFICATE) &&
          is_empty (config, BELFRY_CONFIG_SERVER_TLS_KEY))
        {
          g_autofree char *text = belfry_config_listen_to_string (listen);

          note (config, problems, BELFRY_CONFIG_SERVER_LISTEN,
                _ ("“%s”: expected tls-certificate and tls-key to be set"), text);
          return;
        }
    }
}

static void
check_ping (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  gint64 interval = belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL);

  if (interval > 0 &&
      belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT) > interval)
    note (config, problems,
          belfry_config_is_set (config, BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT)
              ? BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT
              : BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL,
          _ ("expected a ping-timeout (%s) that is not longer than ping-interval (%s)"),
          belfry_config_get_text (config, BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT),
          belfry_config_get_text (config, BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL));
}

static void
check_broker (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  if (!belfry_config_is_topic_pattern (
          belfry_config_get_text (config, BELFRY_CONFIG_BROKER_CHANNEL)))
    note (config, problems, BELFRY_CONFIG_BROKER_CHANNEL, _ ("expected no white space"));
  if (!is_empty (config, BELFRY_CONFIG_BROKER_PREFIX) &&
      !belfry_config_is_topic_pattern (
          belfry_config_get_text (config, BELFRY_CONFIG_BROKER_PREFIX)))
    note (config, problems, BELFRY_CONFIG_BROKER_PREFIX, _ ("expected no white space"));
  if (!is_empty (config, BELFRY_CONFIG_BROKER_TLS_KEY) &&
      is_empty (config, BELFRY_CONFIG_BROKER_TLS_CERTIFICATE))
    note (config, problems, BELFRY_CONFIG_BROKER_TLS_KEY,
          _ ("expected tls-certificate to be set, too"));
  if (!is_empty (config, BELFRY_CONFIG_BROKER_USER) &&
      belfry_config_get_secret (config, BELFRY_CONFIG_BROKER_PASSWORD) == NULL)
    note (config, problems, BELFRY_CONFIG_BROKER_USER, _ ("expected a password to be set, too"));
}

static void
check_auth (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  if (!belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED))
    warn (
        config, problems, BELFRY_CONFIG_AUTH_REQUIRED,
        _ ("nobody needs to sign in, and everybody may do everything, administration included: for "
           "development only"));
  else if (is_empty (config, BELFRY_CONFIG_AUTH_AUTHORIZERS))
    note (config, problems, BELFRY_CONFIG_AUTH_AUTHORIZERS,
          _ ("nobody could sign in: expected an authorizer, or [auth] required = no"));
}

/* Whether only programs of this machine can come this way. Who else can reach activated sockets is
 * not known here. */
static gboolean
is_local (const BelfryConfigListen *listen)
{
  g_autoptr (GInetAddress) address =
      listen->host != NULL ? g_inet_address_new_from_string (listen->host) : NULL;

  if (listen->kind != BELFRY_CONFIG_LISTEN_TCP)
    return TRUE;
  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return listen->host != NULL && g_ascii_strcasecmp (listen->host, "localhost") == 0;
}

static void
check_exposure (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  const GPtrArray *list = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);

  for (guint i = 0; i < list->len; i++)
    {
      const BelfryConfigListen *listen = list->pdata[i];

      if (!belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED) && !is_local (listen))
        {
          g_autofree char *text = belfry_config_listen_to_string (listen);

          warn (config, problems, BELFRY_CONFIG_SERVER_LISTEN,
                _ ("“%s”: other machines can come this way, and nobody needs to sign in"), text);
        }
    }
}

static void
check_origins (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  if (g_strv_contains (belfry_config_get_list (config, BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS), "*"))
    warn (config, problems, BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS,
          _ ("every web page may connect in the name of who looks at it"));
}

static gboolean
uses_hmac (const BelfryConfig *config)
{
  const char *const *algorithms =
      belfry_config_get_list (config, BELFRY_CONFIG_PLUGIN_JWT_ALGORITHMS);

  for (gsize i = 0; algorithms[i] != NULL; i++)
    {
      if (g_str_has_prefix (algorithms[i], HMAC_PREFIX))
        return TRUE;
    }
  return FALSE;
}

static void
check_jwt (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  BelfrySecret *secret = belfry_config_get_secret (config, BELFRY_CONFIG_PLUGIN_JWT_SECRET);
  const char *const *authorizers = belfry_config_get_list (config, BELFRY_CONFIG_AUTH_AUTHORIZERS);
  gsize length = 0;

  if (!belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED) ||
      !g_strv_contains (authorizers, "jwt"))
    return;
  if (secret != NULL)
    belfry_secret_peek (secret, &length);
  else if (is_empty (config, BELFRY_CONFIG_PLUGIN_JWT_KEYS) &&
           is_empty (config, BELFRY_CONFIG_PLUGIN_JWT_ISSUER_KEYS))
    warn (config, problems, BELFRY_CONFIG_PLUGIN_JWT_SECRET,
          _ ("no token can be verified before a secret or keys are set"));
  if (secret != NULL && length < MIN_JWT_SECRET && uses_hmac (config))
    warn (config, problems, BELFRY_CONFIG_PLUGIN_JWT_SECRET,
          _ ("shorter than 32 bytes: it could be guessed"));
}

static const Check checks[] = {
  check_certificate, check_tls_listeners, check_ping,    check_broker,
  check_auth,        check_exposure,      check_origins, check_jwt,
};

void
belfry_config_check (const BelfryConfig *config, BelfryConfigProblems *problems)
{
  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    checks[i](config, problems);
}
