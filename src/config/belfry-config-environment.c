/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-environment.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-dotenv.h"
#include "belfry-config-nearest.h"
#include "belfry-config-number.h"
#include "belfry-config-private.h"
#include "belfry-config-table.h"
#include "belfry-log.h"
#include "belfry-names.h"

/* From variables to settings, by a table of all names there can be, made of the table of keys and
 * the groups that the files named. On the loading thread; the table lives for one call. */

/* What a container platform sets when a service beside us is called belfry, and what is no setting.
 */
static const char *const foreign_prefixes[] = { "BELFRY_SERVICE_", "BELFRY_PORT_" };
static const char *const foreign_names[] = { "BELFRY_PORT", BELFRY_ENV_PLUGIN_DIR };

typedef struct
{
  BelfryConfigSection section;
  char *key; /* (owned) */
  gboolean is_ambiguous;
} Target;

typedef struct
{
  BelfryConfigBuilder *builder;   /* (unowned) */
  BelfryConfigProblems *problems; /* (unowned) */
  GRefString *source;             /* (unowned) */
  GHashTable *targets;            /* (element-type utf8 Target) (unowned): by variable */
  GHashTable *lines;              /* (element-type utf8 uint) (unowned): of those set already */
} Environment;

typedef struct
{
  const char *variable; /* (unowned) */
  BelfryConfigKey key;
  gboolean is_port; /* a port alone, on every address */
} Alias;

static const Alias aliases[] = {
  { BELFRY_ENV_PORT, BELFRY_CONFIG_SERVER_LISTEN, TRUE },
  { BELFRY_ENV_REDIS_URL, BELFRY_CONFIG_BROKER_URL, FALSE },
  { BELFRY_ENV_JWT_SECRET, BELFRY_CONFIG_PLUGIN_JWT_SECRET, FALSE },
};

static void
target_free (Target *self)
{
  g_free (self->key);
  g_free (self);
}

/* Every run of other characters becomes one underscore; none at the ends. */
static void
append_part (GString *name, const char *part)
{
  gboolean is_gap = TRUE;

  for (const char *p = part; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p))
        is_gap = TRUE;
      else
        {
          if (is_gap && name->len > 0)
            g_string_append_c (name, '_');
          g_string_append_c (name, g_ascii_toupper (*p));
          is_gap = FALSE;
        }
    }
}

static void
add_target (GHashTable *targets, const BelfryConfigSection *section, const char *key)
{
  const char *instance = section->instance != NULL ? section->instance->name : NULL;
  g_autofree char *title = belfry_config_group_title (section->group, instance);
  g_autofree char *name = belfry_config_environment_name (title, key);
  Target *target = g_hash_table_lookup (targets, name);

  if (target != NULL)
    {
      target->is_ambiguous = TRUE;
      return;
    }
  target = g_new0 (Target, 1);
  target->section = *section;
  target->key = g_strdup (key);
  g_hash_table_insert (targets, g_steal_pointer (&name), target);
}

static void
add_section (GHashTable *targets, const BelfryConfigSection *section)
{
  gsize n;
  BelfryConfigKey first = belfry_config_table_keys (section->group, &n);

  for (gsize i = first; i < first + n; i++)
    add_target (targets, section, belfry_config_table_row ((BelfryConfigKey) i)->name);
  if (section->group != BELFRY_CONFIG_GROUP_PLUGIN)
    return;
  for (guint i = 0; i < belfry_config_plugin_n_keys (section->instance); i++)
    add_target (targets, section, belfry_config_plugin_get_key (section->instance, i, NULL, NULL));
}

static GHashTable *
make_targets (const BelfryConfig *config)
{
  GHashTable *targets =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) target_free);

  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      BelfryConfigSection section = { (BelfryConfigGroup) i, NULL };

      if (config->instances[i] == NULL)
        add_section (targets, &section);
      for (guint j = 0; j < belfry_config_n_instances (config, section.group); j++)
        {
          section.instance = config->instances[i]->pdata[j];
          add_section (targets, &section);
        }
    }
  return targets;
}

static gboolean
is_foreign (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_prefixes); i++)
    {
      if (g_str_has_prefix (name, foreign_prefixes[i]))
        return TRUE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_names); i++)
    {
      if (strcmp (name, foreign_names[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
complain (Environment *self,
          const BelfryConfigOrigin *origin,
          const char *nearest,
          const char *message)
{
  const BelfryConfigPlace place = { origin, NULL, NULL };

  belfry_config_problems_error (self->problems, &place, nearest, "%s", message);
}

static void
complain_of_unknown (Environment *self, const BelfryConfigOrigin *origin)
{
  GHashTableIter iter;
  gpointer known;
  BelfryConfigNearest nearest;

  belfry_config_nearest_init (&nearest, origin->name);
  g_hash_table_iter_init (&iter, self->targets);
  while (g_hash_table_iter_next (&iter, &known, NULL))
    belfry_config_nearest_try (&nearest, known);
  complain (self, origin, nearest.best, _ ("no setting has this name"));
}

/* A key that no file names: the rest of the variable's name, as keys are written. Returns how many
 * plugins the variable may be meant for. */
static guint
find_plugin (Environment *self, const char *name, Target *target)
{
  const BelfryConfig *config = belfry_config_builder_peek (self->builder);
  const GPtrArray *plugins = config->instances[BELFRY_CONFIG_GROUP_PLUGIN];
  guint n_found = 0;

  for (guint i = 0; i < plugins->len; i++)
    {
      BelfryConfigInstance *plugin = plugins->pdata[i];
      g_autofree char *title = belfry_config_group_title (plugin->group, plugin->name);
      g_autofree char *prefix = belfry_config_environment_name (title, "");
      gsize length = strlen (prefix);

      if (!g_str_has_prefix (name, prefix) || name[length] != '_' || name[length + 1] == '\0')
        continue;
      g_free (target->key);
      target->key = g_strdelimit (g_ascii_strdown (name + length + 1, -1), "_", '-');
      target->section = (BelfryConfigSection){ BELFRY_CONFIG_GROUP_PLUGIN, plugin };
      n_found++;
    }
  return n_found;
}

static void
set_target (Environment *self,
            const Target *target,
            const BelfryConfigVariable *variable,
            const BelfryConfigOrigin *origin)
{
  guint earlier = GPOINTER_TO_UINT (g_hash_table_lookup (self->lines, variable->name));

  if (earlier != 0)
    {
      g_autofree char *message =
          g_strdup_printf (_ ("set again: it was set on line %u already"), earlier);

      complain (self, origin, NULL, message);
      return;
    }
  g_hash_table_insert (self->lines, variable->name, GUINT_TO_POINTER (variable->line));
  belfry_config_builder_set (self->builder, &target->section, target->key, variable->value, origin);
}

static void
read_own (Environment *self, const BelfryConfigVariable *variable, const BelfryConfigOrigin *origin)
{
  const Target *target = g_hash_table_lookup (self->targets, variable->name);
  Target plugin = { 0 };
  gboolean may_be_plugin = target == NULL || target->section.group == BELFRY_CONFIG_GROUP_PLUGIN;
  guint n_plugins = may_be_plugin ? find_plugin (self, variable->name, &plugin) : 0;

  if (n_plugins > 1 || (target != NULL && target->is_ambiguous))
    complain (self, origin, NULL, _ ("more than one setting has this name: use a file"));
  else if (target != NULL || n_plugins == 1)
    set_target (self, target != NULL ? target : &plugin, variable, origin);
  else if (is_foreign (variable->name))
    belfry_log_debug ("%s is not ours", variable->name);
  else
    complain_of_unknown (self, origin);
  g_free (plugin.key);
}

static void
read_alias (Environment *self,
            const Alias *alias,
            const BelfryConfigVariable *variable,
            const BelfryConfigOrigin *origin)
{
  const BelfryConfigRow *row = belfry_config_table_row (alias->key);
  Target target = { { row->group, NULL }, (char *) row->name, FALSE };
  BelfryConfigVariable copy = *variable;
  gint64 port;

  /* Platforms unset a variable by leaving it empty. */
  if (*variable->value == '\0')
    return;
  if (!alias->is_port)
    {
      set_target (self, &target, variable, origin);
      return;
    }
  if (!belfry_config_parse_integer (variable->value, &port) || port > G_MAXUINT16)
    {
      complain (self, origin, NULL, _ ("expected a port from 0 to 65535"));
      return;
    }
  g_autofree char *address = g_strdup_printf ("*:%d", (int) port);
  copy.value = address;
  set_target (self, &target, &copy, origin);
}

static void
read_all (Environment *self, const GPtrArray *variables, const Alias *alias)
{
  for (guint i = 0; i < variables->len; i++)
    {
      const BelfryConfigVariable *variable = variables->pdata[i];
      g_auto (BelfryConfigOrigin) origin = { NULL };

      belfry_config_origin_init (&origin, self->source, variable->line, variable->name);
      if (alias == NULL && g_str_has_prefix (variable->name, BELFRY_ENV_PREFIX))
        read_own (self, variable, &origin);
      else if (alias != NULL && strcmp (variable->name, alias->variable) == 0)
        read_alias (self, alias, variable, &origin);
    }
}

void
belfry_config_environment_read (const GPtrArray *variables,
                                GRefString *source,
                                gboolean is_exposed,
                                BelfryConfigBuilder *builder,
                                BelfryConfigProblems *problems)
{
  g_autoptr (GHashTable) targets = make_targets (belfry_config_builder_peek (builder));
  g_autoptr (GHashTable) lines = g_hash_table_new (g_str_hash, g_str_equal);
  Environment self = { builder, problems, source, targets, lines };

  belfry_config_builder_next_source (builder, is_exposed);
  for (gsize i = 0; i < G_N_ELEMENTS (aliases); i++)
    read_all (&self, variables, &aliases[i]);
  belfry_config_builder_next_source (builder, is_exposed);
  read_all (&self, variables, NULL);
}

char *
belfry_config_environment_name (const char *group, const char *key)
{
  GString *name = g_string_new ("BELFRY");

  append_part (name, group);
  append_part (name, key);
  return g_string_free (name, FALSE);
}
