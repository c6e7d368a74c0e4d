/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-overrides.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-private.h"
#include "belfry-config-table.h"
#include "belfry-config-text.h"

/* Settings from the command line. On the loading thread. */

#define SOURCE "--set"

static gboolean
is_secret (const BelfryConfigSection *section, const char *key, const char *value)
{
  BelfryConfigKey known;

  if (section->group == BELFRY_CONFIG_GROUP_PLUGIN)
    {
      g_autofree char *shown = belfry_config_hide_credentials (value);

      return belfry_config_is_secret_name (key) || strcmp (shown, value) != 0;
    }
  if (!belfry_config_table_find_key (section->group, key, &known))
    return FALSE;
  if (belfry_config_table_row (known)->type != BELFRY_CONFIG_TYPE_URL)
    return belfry_config_table_is_secret (known);
  g_autofree char *redacted = belfry_config_redact_url (value);
  return strcmp (redacted, value) != 0;
}

static void
set (BelfryConfigBuilder *builder,
     BelfryConfigProblems *problems,
     const BelfryConfigSection *section,
     const char *key,
     const char *value,
     const BelfryConfigOrigin *origin)
{
  if (is_secret (section, key, value) && *value != '\0')
    {
      g_autofree char *title =
          belfry_config_group_title (section->group,
                                     section->instance != NULL
                                         ? belfry_config_instance_get_name (section->instance)
                                         : NULL);
      const BelfryConfigPlace place = { origin, title, key };

      belfry_config_problems_warn (problems, &place,
                                   _ ("every user of this machine can see the arguments of a "
                                      "program: a file or the environment is safer"));
    }
  belfry_config_builder_set (builder, section, key, value, origin);
}

/* Returns whether @override has the form; what it says is another matter. */
static gboolean
read_override (const char *override,
               BelfryConfigBuilder *builder,
               BelfryConfigProblems *problems,
               const BelfryConfigOrigin *origin)
{
  const char *equals = strchr (override, '=');
  BelfryConfigSection section;

  if (equals == NULL || !g_utf8_validate (override, equals - override, NULL))
    return FALSE;
  g_autofree char *head = g_strndup (override, (gsize) (equals - override));
  char *first_dot = strchr (head, '.');
  char *last_dot = strrchr (head, '.');
  if (first_dot == NULL || first_dot == head || last_dot[1] == '\0' || first_dot + 1 == last_dot)
    return FALSE;
  *first_dot = '\0';
  *last_dot = '\0';
  const char *instance = first_dot < last_dot ? first_dot + 1 : NULL;
  if (belfry_config_builder_open (builder, head, instance, origin, &section))
    set (builder, problems, &section, last_dot + 1, equals + 1, origin);
  return TRUE;
}

void
belfry_config_overrides_read (const char *const *overrides,
                              BelfryConfigBuilder *builder,
                              BelfryConfigProblems *problems)
{
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (SOURCE), 0, NULL };
  const BelfryConfigPlace place = { &origin, NULL, NULL };

  belfry_config_builder_next_source (builder, FALSE);
  for (gsize i = 0; overrides[i] != NULL; i++)
    {
      if (!read_override (overrides[i], builder, problems, &origin))
        belfry_config_problems_error (problems, &place, NULL,
                                      _ ("expected GROUP.KEY=VALUE or GROUP.NAME.KEY=VALUE"));
    }
}
