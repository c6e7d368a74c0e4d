/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-builder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-check.h"
#include "belfry-config-nearest.h"
#include "belfry-config-private.h"
#include "belfry-config-reader.h"
#include "belfry-config-secret.h"
#include "belfry-config-table.h"
#include "belfry-config-text.h"
#include "belfry-config-value.h"

/* Where the sources meet. Owned by the loader, on its stack and thread. Every setting is looked at,
 * also one that a later source replaces: a file that is wrong should be found out when it is
 * written, not when what hid it goes away. */
struct _BelfryConfigBuilder
{
  BelfryConfig *config;           /* (owned) (nullable): handed out at the end */
  BelfryConfigProblems *problems; /* (unowned) */
  const char *const *environment; /* (unowned) (nullable) */
  guint source;                   /* the number of the current one */
  gboolean is_exposed;
  guint secret_source[BELFRY_CONFIG_N_KEYS]; /* by inline form: the source that set any form last */
};

static gboolean
is_name_of (BelfryConfigGroup group, const char *name)
{
  switch (group)
    {
    case BELFRY_CONFIG_GROUP_ENDPOINT:
      return belfry_config_is_endpoint_path (name);
    case BELFRY_CONFIG_GROUP_TOPIC:
      return belfry_config_is_topic_pattern (name);
    default:
      {
        g_autofree char *plugin = belfry_config_parse_name (name);

        return plugin != NULL;
      }
    }
}

/* The instance's own group if it has one, else the group whose word it is. */
static gboolean
find_group (const char *word, const char *instance, BelfryConfigGroup *found)
{
  gboolean any = FALSE;

  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      const BelfryConfigGroupRow *row = belfry_config_table_group ((BelfryConfigGroup) i);

      if (strcmp (row->word, word) != 0)
        continue;
      if (row->instance != NULL && g_strcmp0 (row->instance, instance) != 0)
        continue;
      *found = (BelfryConfigGroup) i;
      any = TRUE;
      if (row->instance != NULL)
        break;
    }
  return any;
}

static void
complain_of_group (BelfryConfigBuilder *self, const char *word, const BelfryConfigPlace *place)
{
  BelfryConfigNearest nearest;

  belfry_config_nearest_init (&nearest, word);
  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    belfry_config_nearest_try (&nearest, belfry_config_table_group ((BelfryConfigGroup) i)->word);
  belfry_config_problems_error (self->problems, place, nearest.best, _ ("there is no such group"));
}

static gboolean
open_instance (BelfryConfigBuilder *self,
               BelfryConfigSection *section,
               const char *name,
               const BelfryConfigPlace *place)
{
  const char *placeholder = belfry_config_table_group (section->group)->placeholder;
  BelfryConfig *config = self->config;

  if (name == NULL)
    belfry_config_problems_error (self->problems, place, NULL, _ ("expected [%s %s]"),
                                  belfry_config_table_group (section->group)->word, placeholder);
  else if (!is_name_of (section->group, name))
    belfry_config_problems_error (
        self->problems, place, NULL,
        section->group == BELFRY_CONFIG_GROUP_ENDPOINT
            ? _ ("expected a path that begins with / and has no ., .., //, ? or # in it")
        : section->group == BELFRY_CONFIG_GROUP_TOPIC
            ? _ ("expected a topic pattern of 1 to 255 bytes without white space")
            : _ ("expected a plugin's name of lower-case letters, digits and dashes"));
  else if (belfry_config_n_instances (config, section->group) >= BELFRY_CONFIG_MAX_INSTANCES &&
           belfry_config_find_instance (config, section->group, name) == NULL)
    belfry_config_problems_error (self->problems, place, NULL,
                                  _ ("more than %d groups of the kind"),
                                  BELFRY_CONFIG_MAX_INSTANCES);
  else
    {
      section->instance = belfry_config_ensure_instance (config, section->group, name);
      return TRUE;
    }
  return FALSE;
}

/* The nearest key of the group, or else the group in which there is a key of this very name. */
static char *
find_nearest_key (BelfryConfigGroup group, const char *key)
{
  BelfryConfigNearest nearest;
  BelfryConfigKey elsewhere;
  gsize n;
  BelfryConfigKey first = belfry_config_table_keys (group, &n);

  belfry_config_nearest_init (&nearest, key);
  for (gsize i = first; i < first + n; i++)
    belfry_config_nearest_try (&nearest, belfry_config_table_row ((BelfryConfigKey) i)->name);
  if (nearest.best != NULL)
    return g_strdup (nearest.best);
  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      if (belfry_config_table_find_key ((BelfryConfigGroup) i, key, &elsewhere))
        {
          g_autofree char *title =
              belfry_config_group_title ((BelfryConfigGroup) i,
                                         belfry_config_table_group ((BelfryConfigGroup) i)
                                             ->placeholder);

          return g_strdup_printf ("[%s] %s", title, key);
        }
    }
  return NULL;
}

static gboolean
is_secret_form (const BelfryConfigRow *row)
{
  return row->type == BELFRY_CONFIG_TYPE_SECRET || row->type == BELFRY_CONFIG_TYPE_SECRET_FILE ||
         row->type == BELFRY_CONFIG_TYPE_CREDENTIAL;
}

static gboolean
has_content (const BelfryConfigValue *value)
{
  return value->secret != NULL || *value->text != '\0';
}

static void
reset (BelfryConfigValue *value)
{
  belfry_config_value_clear (value);
  value->text = g_strdup ("");
}

/* A form in a later source takes the place of all forms of earlier ones; two in one source
 * contradict each other. */
static gboolean
make_room_for_secret (BelfryConfigBuilder *self,
                      BelfryConfigKey key,
                      const BelfryConfigValue *value,
                      const BelfryConfigPlace *place)
{
  BelfryConfigKey main_key = belfry_config_table_row (key)->related;
  gboolean is_new = self->secret_source[main_key] != self->source;

  self->secret_source[main_key] = self->source;
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);
      BelfryConfigValue *other = &self->config->values[i];

      if (!is_secret_form (row) || row->related != main_key)
        continue;
      if (is_new)
        reset (other);
      else if (i != (int) key && has_content (other) && has_content (value))
        {
          belfry_config_problems_error (self->problems, place, NULL,
                                        _ ("%s is set, too: expected only one of them"), row->name);
          return FALSE;
        }
    }
  return TRUE;
}

static void
warn_of_exposure (BelfryConfigBuilder *self,
                  const BelfryConfigRow *row,
                  const BelfryConfigValue *value,
                  const BelfryConfigPlace *place)
{
  g_autofree char *shown = belfry_config_value_show (value, row);

  if (self->is_exposed && (value->secret != NULL || strcmp (shown, value->text) != 0))
    belfry_config_problems_warn (
        self->problems, place,
        _ ("holds a secret that every user of this machine can see; a credential or a private file "
           "is safer"));
}

static void
set_known (BelfryConfigBuilder *self,
           const BelfryConfigSection *section,
           BelfryConfigKey key,
           const char *text,
           const BelfryConfigPlace *place)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);
  g_auto (BelfryConfigValue) parsed = { NULL };
  g_auto (BelfryConfigComplaint) complaint = { NULL };

  if (!belfry_config_value_parse (&parsed, row, text, &complaint))
    {
      belfry_config_problems_error (self->problems, place, complaint.nearest, "%s",
                                    complaint.message);
      return;
    }
  if (is_secret_form (row) && !make_room_for_secret (self, key, &parsed, place))
    return;
  warn_of_exposure (self, row, &parsed, place);
  BelfryConfigValue *value = belfry_config_value_of (self->config, section->instance, key);
  belfry_config_value_clear (value);
  *value = parsed;
  parsed = (BelfryConfigValue){ NULL };
  belfry_config_origin_copy (&value->origin, place->origin);
  value->is_set = TRUE;
}

static void
set_plugin_key (BelfryConfigBuilder *self,
                const BelfryConfigSection *section,
                const char *text,
                const BelfryConfigPlace *place)
{
  gboolean is_secret = belfry_config_is_secret_name (place->key);
  g_autofree char *shown = belfry_config_hide_credentials (text);

  if (!belfry_config_reader_is_key (place->key))
    belfry_config_problems_error (self->problems, place, NULL,
                                  _ ("expected a key of letters, digits and dashes"));
  else if (!g_utf8_validate (text, -1, NULL) || (!is_secret && belfry_config_has_control (text)))
    belfry_config_problems_error (self->problems, place, NULL,
                                  _ ("expected UTF-8 text without control characters"));
  else if (belfry_config_plugin_n_keys (section->instance) >= BELFRY_CONFIG_MAX_PLUGIN_KEYS)
    belfry_config_problems_error (self->problems, place, NULL, _ ("more than %d keys"),
                                  BELFRY_CONFIG_MAX_PLUGIN_KEYS);
  else
    {
      if (self->is_exposed && ((is_secret && *text != '\0') || strcmp (shown, text) != 0))
        belfry_config_problems_warn (self->problems, place,
                                     _ ("holds a secret that every user of this machine can see"));
      belfry_config_set_plugin_key (section->instance, place->key, text, place->origin);
    }
}

static void
inherit (BelfryConfig *config, BelfryConfigGroup group, BelfryConfigKey key)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);

  for (guint i = 0; i < belfry_config_n_instances (config, group); i++)
    {
      BelfryConfigValue *value =
          belfry_config_value_of (config, config->instances[group]->pdata[i], key);

      if (value->is_set)
        continue;
      belfry_config_value_clear (value);
      belfry_config_value_copy (value, &config->values[row->related]);
      belfry_config_origin_clear (&value->origin);
      value->is_set = FALSE;
    }
}

BelfryConfigBuilder *
belfry_config_builder_new (BelfryConfigProblems *problems, const char *const *environment)
{
  BelfryConfigBuilder *self = g_new0 (BelfryConfigBuilder, 1);

  self->config = belfry_config_new ();
  self->problems = problems;
  self->environment = environment;
  return self;
}

void
belfry_config_builder_free (BelfryConfigBuilder *self)
{
  g_clear_pointer (&self->config, belfry_config_unref);
  g_free (self);
}

void
belfry_config_builder_next_source (BelfryConfigBuilder *self, gboolean is_exposed)
{
  self->source++;
  self->is_exposed = is_exposed;
}

gboolean
belfry_config_builder_open (BelfryConfigBuilder *self,
                            const char *word,
                            const char *instance,
                            const BelfryConfigOrigin *origin,
                            BelfryConfigSection *section)
{
  g_autofree char *title =
      instance != NULL ? g_strconcat (word, " ", instance, NULL) : g_strdup (word);
  const BelfryConfigPlace place = { origin, title, NULL };

  section->instance = NULL;
  if (!find_group (word, instance, &section->group))
    {
      complain_of_group (self, word, &place);
      return FALSE;
    }
  const BelfryConfigGroupRow *row = belfry_config_table_group (section->group);
  if (row->placeholder != NULL)
    return open_instance (self, section, instance, &place);
  if (row->instance == NULL && instance != NULL)
    {
      belfry_config_problems_error (self->problems, &place, NULL,
                                    _ ("expected [%s] without a name behind it"), word);
      return FALSE;
    }
  return TRUE;
}

void
belfry_config_builder_set (BelfryConfigBuilder *self,
                           const BelfryConfigSection *section,
                           const char *key,
                           const char *value,
                           const BelfryConfigOrigin *origin)
{
  const char *name = section->instance != NULL ? section->instance->name : NULL;
  g_autofree char *title = belfry_config_group_title (section->group, name);
  const BelfryConfigPlace place = { origin, title, key };
  BelfryConfigKey known;

  if (section->group == BELFRY_CONFIG_GROUP_PLUGIN)
    set_plugin_key (self, section, value, &place);
  else if (belfry_config_table_find_key (section->group, key, &known))
    set_known (self, section, known, value, &place);
  else
    {
      g_autofree char *nearest = find_nearest_key (section->group, key);

      belfry_config_problems_error (self->problems, &place, nearest, _ ("there is no such key"));
    }
}

const BelfryConfig *
belfry_config_builder_peek (BelfryConfigBuilder *self)
{
  return self->config;
}

BelfryConfig *
belfry_config_builder_finish (BelfryConfigBuilder *self)
{
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);

      if (row->flags & BELFRY_CONFIG_INHERITS)
        inherit (self->config, row->group, (BelfryConfigKey) i);
    }
  belfry_config_resolve_secrets (self->config, self->environment, self->problems);
  belfry_config_check (self->config, self->problems);
  return g_steal_pointer (&self->config);
}
