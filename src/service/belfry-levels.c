/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-levels"

#include "config.h"

#include "belfry-levels.h"

#include "belfry-log.h"

struct _BelfryLevels
{
  GObject parent_instance;

  char *configured; /* (owned) (nullable): what the configuration said last */
};

static void belfry_levels_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryLevels,
                               belfry_levels,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_levels_iface_init))

/* A level that an administrator set at run time stays until the configured one changes. */
static gboolean
set_levels (BelfryLevels *self, BelfryConfig *config, GError **error)
{
  const char *levels = belfry_config_get_text (config, BELFRY_CONFIG_LOG_LEVEL);

  if (g_strcmp0 (levels, self->configured) == 0)
    return TRUE;
  if (!belfry_log_set_levels (levels, error))
    return FALSE;
  g_free (self->configured);
  self->configured = g_strdup (levels);
  return TRUE;
}

static const char *
belfry_levels_get_name (BelfryPart *part)
{
  return "levels";
}

static gboolean
belfry_levels_start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  return set_levels (BELFRY_LEVELS (part), config, error);
}

static gboolean
belfry_levels_check (BelfryPart *part, BelfryConfig *next, GError **error)
{
  return belfry_log_check_levels (belfry_config_get_text (next, BELFRY_CONFIG_LOG_LEVEL), error);
}

static void
belfry_levels_apply (BelfryPart *part, BelfryConfig *next)
{
  set_levels (BELFRY_LEVELS (part), next, NULL);
}

static void
belfry_levels_finalize (GObject *object)
{
  g_free (BELFRY_LEVELS (object)->configured);
  G_OBJECT_CLASS (belfry_levels_parent_class)->finalize (object);
}

static void
belfry_levels_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_levels_get_name;
  iface->start = belfry_levels_start;
  iface->check = belfry_levels_check;
  iface->apply = belfry_levels_apply;
}

static void
belfry_levels_class_init (BelfryLevelsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_levels_finalize;
}

static void
belfry_levels_init (BelfryLevels *self)
{
}

BelfryPart *
belfry_levels_new (void)
{
  return g_object_new (BELFRY_TYPE_LEVELS, NULL);
}
