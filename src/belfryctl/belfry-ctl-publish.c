/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"

/* publish: one message from the command line, or many, a line each, from the standard input. */

/* The receipt of the only message is shown; of many, how many there were. */
typedef struct
{
  BelfryCtl *ctl;    /* (unowned) */
  const char *topic; /* (unowned) */
  guint64 published;
  GVariant *receipt; /* (owned) (nullable): of the last one */
} Publishing;

static GVariant *
publish_options (const BelfryCtl *self)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (self->options.key != NULL)
    g_variant_builder_add (&options, "{sv}", "idempotency_key",
                           g_variant_new_string (self->options.key));
  return g_variant_builder_end (&options);
}

/* What is no text goes as bytes. */
static GVariant *
send_payload (Publishing *self, const char *payload, gsize length, GError **error)
{
  GVariant *options = publish_options (self->ctl);

  if (g_utf8_validate_len (payload, length, NULL))
    {
      g_autofree char *text = g_strndup (payload, length);

      return belfry_ctl_call (self->ctl, BELFRY_CTL_TOPICS, "Publish",
                              g_variant_new ("(ss@a{sv})", self->topic, text, options), "(a{sv})",
                              error);
    }
  GVariant *bytes = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, payload, length, 1);
  return belfry_ctl_call (self->ctl, BELFRY_CTL_TOPICS, "PublishBytes",
                          g_variant_new ("(s@ay@a{sv})", self->topic, bytes, options), "(a{sv})",
                          error);
}

static gboolean
publish (Publishing *self, const char *payload, gsize length, GError **error)
{
  g_autoptr (GVariant) reply = send_payload (self, payload, length, error);

  if (reply == NULL)
    return FALSE;
  g_clear_pointer (&self->receipt, g_variant_unref);
  self->receipt = g_variant_get_child_value (reply, 0);
  self->published++;
  return TRUE;
}

static gboolean
publish_lines (Publishing *self, GError **error)
{
  g_autofree char *line = NULL;
  size_t size = 0;
  gboolean well = TRUE;

  while (well)
    {
      ssize_t length = getline (&line, &size, stdin);

      if (length < 0)
        break;
      if (length > 0 && line[length - 1] == '\n')
        length--;
      if (length > 0)
        well = publish (self, line, (gsize) length, error);
    }
  return well;
}

static int
tell_many (const Publishing *self)
{
  g_autofree char *text =
      self->ctl->options.json
          ? g_strdup_printf ("{\"published\":%" G_GUINT64_FORMAT "}\n", self->published)
          : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u message published\n",
                                          "%u messages published\n", (gulong) self->published),
                             (guint) self->published);

  return belfry_ctl_print (text);
}

static int
tell_one (const Publishing *self)
{
  g_auto (GVariantDict) receipt;
  guint32 subscribers = 0;
  guint64 offset = 0;

  if (self->ctl->options.json)
    return belfry_ctl_print_json (self->receipt);
  g_variant_dict_init (&receipt, self->receipt);
  g_variant_dict_lookup (&receipt, "subscribers", "u", &subscribers);
  g_variant_dict_lookup (&receipt, "offset", "t", &offset);
  g_autofree char *reached =
      g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "published, to %u subscriber on this instance",
                                    "published, to %u subscribers on this instance", subscribers),
                       subscribers);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, offset);
  g_autofree char *text = offset != 0 ? g_strdup_printf (_ ("%s, as number %s\n"), reached, number)
                                      : g_strconcat (reached, "\n", NULL);
  return belfry_ctl_print (text);
}

int
belfry_ctl_publish (BelfryCtl *self, const char *const *words)
{
  Publishing publishing = { self, words[0], 0, NULL };
  gboolean many = g_str_equal (words[1], "-");
  g_autoptr (GError) error = NULL;
  gboolean well = many ? publish_lines (&publishing, &error)
                       : publish (&publishing, words[1], strlen (words[1]), &error);
  int status = BELFRY_EXIT_OK;

  if (many)
    status = tell_many (&publishing);
  else if (well)
    status = tell_one (&publishing);
  g_clear_pointer (&publishing.receipt, g_variant_unref);
  return well ? status : belfry_ctl_fail (self, error);
}
