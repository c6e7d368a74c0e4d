/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "belfry-config-number.h"
#include "belfry-ctl-call.h"
#include "belfry-ctl-config.h"
#include "belfry-ctl-print.h"
#include "belfry-json-write.h"
#include "belfry-jwt-settings.h"
#include "belfry-jwt-verify.h"
#include "belfry-loader-settings.h"
#include "belfry-names.h"

/* token: makes a token that the configuration accepts, and says what is wrong with one. Needs no
 * service, but must be able to read the secret. */

#define DEFAULT_EXPIRES "1h"

/* How the HS algorithms hash, the weakest first. */
static const struct
{
  const char *name;
  GChecksumType checksum;
} signatures[] = {
  { "HS256", G_CHECKSUM_SHA256 },
  { "HS384", G_CHECKSUM_SHA384 },
  { "HS512", G_CHECKSUM_SHA512 },
};

/* Returns: (transfer full) (nullable): what the plugin jwt makes of the configuration */
static BelfryJwtSettings *
read_settings (const BelfryCtl *self, int *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryConfig) config = belfry_ctl_load_config (self);

  *status = BELFRY_EXIT_CONFIG;
  if (config == NULL)
    return NULL;
  g_autoptr (BelfryPluginSettings) group =
      belfry_loader_settings_new (config, "jwt", g_getenv (BELFRY_ENV_CREDENTIALS));
  BelfryJwtSettings *settings = belfry_jwt_settings_read (group, &error);
  if (settings == NULL)
    g_printerr ("%s: %s\n", BELFRY_CTL_NAME, error->message);
  return settings;
}

/* Returns: an index of signatures; -1 if none is allowed */
static int
choose_signature (const BelfryJwtSettings *settings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signatures); i++)
    {
      const BelfryJwtAlgorithm *algorithm = belfry_jwt_algorithm_find (signatures[i].name);

      if (settings->policy.algorithms & belfry_jwt_algorithm_bit (algorithm))
        return (int) i;
    }
  return -1;
}

static void
append_base64 (GString *token, const void *bytes, gsize length)
{
  g_autofree char *text = g_base64_encode (bytes, length);

  for (const char *p = text; *p != '\0' && *p != '='; p++)
    g_string_append_c (token, *p == '+' ? '-' : *p == '/' ? '_' : *p);
}

static void
write_member (BelfryJsonWriter *writer, const char *name, const char *text)
{
  if (text == NULL)
    return;
  belfry_json_writer_name (writer, name);
  belfry_json_writer_string (writer, text);
}

static void
write_list (BelfryJsonWriter *writer, const char *name, char **list)
{
  if (list == NULL || *name == '\0')
    return;
  belfry_json_writer_name (writer, name);
  belfry_json_writer_begin_array (writer);
  for (; *list != NULL; list++)
    belfry_json_writer_string (writer, *list);
  belfry_json_writer_end_array (writer);
}

static void
write_time (BelfryJsonWriter *writer, const char *name, gint64 microseconds)
{
  belfry_json_writer_name (writer, name);
  belfry_json_writer_int64 (writer, microseconds / G_USEC_PER_SEC);
}

static char *
write_claims (const BelfryCtlOptions *options, const BelfryJwtSettings *settings, gint64 duration)
{
  g_autofree char *random = g_uuid_string_random ();
  gint64 now = g_get_real_time ();
  GString *text = g_string_new (NULL);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  write_member (&writer, "sub", options->user);
  write_member (&writer, "iss", settings->issuer);
  write_member (&writer, "aud", settings->audience);
  write_member (&writer, "jti", options->id != NULL ? options->id : random);
  write_list (&writer, settings->roles_claim, options->roles);
  write_list (&writer, "subscribe", options->subscribe);
  write_list (&writer, "publish", options->publish);
  write_time (&writer, "iat", now);
  write_time (&writer, "exp", now + duration);
  belfry_json_writer_end_object (&writer);
  return g_string_free (text, FALSE);
}

static char *
sign (const char *claims, const BelfryJwtSettings *settings, int signature)
{
  g_autofree char *header =
      g_strdup_printf ("{\"alg\":\"%s\",\"typ\":\"JWT\"}", signatures[signature].name);
  GString *token = g_string_new (NULL);
  gsize key_length;
  const guint8 *key = g_bytes_get_data (settings->secret, &key_length);
  guint8 digest[64];
  gsize length = sizeof digest;

  append_base64 (token, header, strlen (header));
  g_string_append_c (token, '.');
  append_base64 (token, claims, strlen (claims));
  GHmac *hmac = g_hmac_new (signatures[signature].checksum, key, key_length);
  g_hmac_update (hmac, (const guchar *) token->str, (gssize) token->len);
  g_hmac_get_digest (hmac, digest, &length);
  g_hmac_unref (hmac);
  g_string_append_c (token, '.');
  append_base64 (token, digest, length);
  return g_string_free (token, FALSE);
}

static int
create (BelfryCtl *self)
{
  const char *expires = self->options.expires != NULL ? self->options.expires : DEFAULT_EXPIRES;
  gint64 duration;
  int status;

  if (self->options.user == NULL)
    return belfry_ctl_misused (_ ("whose token is it to be? expected --user=USER"));
  if (!belfry_config_parse_duration (expires, &duration) || duration < G_USEC_PER_SEC)
    return belfry_ctl_misused (_ ("“%s” is no duration: expected one like 30s, 10min or 24h"),
                               expires);
  g_autoptr (BelfryJwtSettings) settings = read_settings (self, &status);
  if (settings == NULL)
    return status;
  int signature = choose_signature (settings);
  if (settings->secret == NULL || signature < 0)
    {
      g_printerr (_ ("%s: [plugin jwt] has no secret with which a token could be signed; who has "
                     "private keys makes the tokens\n"),
                  BELFRY_CTL_NAME);
      return BELFRY_EXIT_CONFIG;
    }
  g_autofree char *claims = write_claims (&self->options, settings, duration);
  g_autofree char *token = sign (claims, settings, signature);
  g_autofree char *line = g_strconcat (token, "\n", NULL);
  return belfry_ctl_print (line);
}

/* Other users of the machine can see arguments: "-" stands for the standard input. */
static char *
read_token (const char *word)
{
  char line[BELFRY_JWT_MAX_TOKEN + 2];

  if (!g_str_equal (word, "-"))
    return g_strdup (word);
  return fgets (line, sizeof line, stdin) != NULL ? g_strstrip (g_strdup (line)) : g_strdup ("");
}

static int
tell_token (const BelfryCtl *self, const BelfryJwtToken *token)
{
  g_autofree char *subject = belfry_ctl_safe (token->subject);

  if (self->options.json)
    {
      g_autofree char *claims = json_dumps (token->claims, JSON_COMPACT);
      g_autofree char *line = g_strconcat (claims, "\n", NULL);

      return belfry_ctl_print (line);
    }
  gint64 left = (token->expires - g_get_real_time ()) / G_USEC_PER_SEC;
  g_autofree char *span = belfry_ctl_format_span (left);
  g_autofree char *text =
      token->expires != 0
          ? g_strdup_printf (_ ("The token is good, for %s and the next %s\n"), subject, span)
          : g_strdup_printf (_ ("The token is good, for %s and for ever\n"), subject);
  return belfry_ctl_print (text);
}

static int
check (BelfryCtl *self, const char *word)
{
  g_autofree char *text = read_token (word);
  g_autoptr (GError) error = NULL;
  const char *setting;
  BelfryJwtFault fault;
  int status;
  g_autoptr (BelfryJwtSettings) settings = read_settings (self, &status);

  if (settings == NULL)
    return status;
  g_autoptr (BelfryJwtKeySet) keys = belfry_jwt_settings_load_keys (settings, &setting, &error);
  if (keys == NULL)
    {
      g_printerr ("%s: [plugin jwt] %s: %s\n", BELFRY_CTL_NAME, setting, error->message);
      return BELFRY_EXIT_CONFIG;
    }
  g_autoptr (BelfryJwtToken) token =
      belfry_jwt_verify (&settings->policy, keys, text, g_get_real_time (), &fault);
  if (token != NULL)
    return tell_token (self, token);
  g_printerr (_ ("%s: the token is refused: %s\n"), BELFRY_CTL_NAME, belfry_jwt_fault_text (fault));
  return BELFRY_EXIT_DATA;
}

int
belfry_ctl_token (BelfryCtl *self, const char *const *words)
{
  if (g_str_equal (words[0], "create") && words[1] == NULL)
    return create (self);
  if (g_str_equal (words[0], "check") && words[1] != NULL)
    return check (self, words[1]);
  return belfry_ctl_misused (_ ("expected “token create” or “token check TOKEN”"));
}
