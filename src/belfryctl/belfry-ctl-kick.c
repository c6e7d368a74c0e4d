/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "belfry-config-number.h"
#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"

/* kick, block, unblock, revoke: who is to go, and who may not come back. */

/* Closed by the administrator: clients do not come back by themselves. */
#define DEFAULT_CODE 4403

#define DEFAULT_BLOCK "1h"
#define DEFAULT_REVOCATION "24h"

static int
kick_user (BelfryCtl *self, const char *reason)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      belfry_ctl_call (self, BELFRY_CTL_SESSIONS, "CloseUser",
                       g_variant_new ("(ss)", self->options.user, reason), "(u)", &error);
  guint32 count;

  if (reply == NULL)
    return belfry_ctl_fail (self, error);
  g_variant_get (reply, "(u)", &count);
  if (self->options.json)
    return belfry_ctl_print_json (reply);
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u session closed\n",
                                                        "%u sessions closed\n", count),
                                           count);
  return belfry_ctl_print (text);
}

int
belfry_ctl_kick (BelfryCtl *self, const char *const *words)
{
  const BelfryCtlOptions *options = &self->options;
  const char *reason = options->reason != NULL ? options->reason : "closed by the administrator";
  guint code = options->code != 0 ? (guint) options->code : DEFAULT_CODE;

  if ((words[0] == NULL) == (options->user == NULL))
    return belfry_ctl_misused (_ ("expected either sessions or --user=USER"));
  if (options->user != NULL)
    return kick_user (self, reason);
  for (; *words != NULL; words++)
    {
      int status = belfry_ctl_do (self, BELFRY_CTL_SESSIONS, "Close",
                                  g_variant_new ("(sus)", *words, code, reason));

      if (status != BELFRY_EXIT_OK)
        return status;
    }
  return BELFRY_EXIT_OK;
}

static int
shut_out (BelfryCtl *self, const char *method, const char *who, const char *by_default)
{
  const char *text = self->options.duration != NULL ? self->options.duration : by_default;
  gint64 duration;

  if (!belfry_config_parse_duration (text, &duration) || duration == 0)
    return belfry_ctl_misused (_ ("“%s” is no duration: expected one like 30s, 10min or 24h"),
                               text);
  return belfry_ctl_do (self, BELFRY_CTL_SESSIONS, method,
                        g_variant_new ("(st)", who, (guint64) (g_get_real_time () + duration)));
}

int
belfry_ctl_block (BelfryCtl *self, const char *const *words)
{
  return shut_out (self, "BlockUser", words[0], DEFAULT_BLOCK);
}

int
belfry_ctl_unblock (BelfryCtl *self, const char *const *words)
{
  return belfry_ctl_do (self, BELFRY_CTL_SESSIONS, "UnblockUser", g_variant_new ("(s)", words[0]));
}

int
belfry_ctl_revoke (BelfryCtl *self, const char *const *words)
{
  return shut_out (self, "RevokeToken", words[0], DEFAULT_REVOCATION);
}
