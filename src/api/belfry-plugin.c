/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-plugin.h>

/* The base class of all plugins: remembers the service while the plugin is enabled. Owned by the
 * loader; main thread. Never calls a plugin out of turn: it is enabled once before it is disabled
 * once. */
typedef struct
{
  BelfryPluginHost *host; /* (owned) (nullable): while enabled */
} BelfryPluginPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (BelfryPlugin, belfry_plugin, G_TYPE_OBJECT)

static gboolean
default_enable (BelfryPlugin *self,
                BelfryPluginHost *host,
                BelfryPluginSettings *settings,
                GError **error)
{
  return TRUE;
}

static void
default_disable (BelfryPlugin *self)
{
}

static gboolean
default_check (BelfryPlugin *self, BelfryPluginSettings *settings, GError **error)
{
  return TRUE;
}

static void
default_apply (BelfryPlugin *self, BelfryPluginSettings *settings)
{
}

static void
belfry_plugin_dispose (GObject *object)
{
  BelfryPluginPrivate *priv = belfry_plugin_get_instance_private (BELFRY_PLUGIN (object));

  g_clear_object (&priv->host);
  G_OBJECT_CLASS (belfry_plugin_parent_class)->dispose (object);
}

static void
belfry_plugin_class_init (BelfryPluginClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = belfry_plugin_dispose;
  klass->enable = default_enable;
  klass->disable = default_disable;
  klass->check = default_check;
  klass->apply = default_apply;
}

static void
belfry_plugin_init (BelfryPlugin *self)
{
}

gboolean
belfry_plugin_enable (BelfryPlugin *self,
                      BelfryPluginHost *host,
                      BelfryPluginSettings *settings,
                      GError **error)
{
  BelfryPluginPrivate *priv = belfry_plugin_get_instance_private (self);

  g_return_val_if_fail (BELFRY_IS_PLUGIN (self), FALSE);
  g_return_val_if_fail (BELFRY_IS_PLUGIN_HOST (host), FALSE);
  g_return_val_if_fail (settings != NULL, FALSE);
  g_return_val_if_fail (priv->host == NULL, FALSE);

  priv->host = g_object_ref (host);
  if (BELFRY_PLUGIN_GET_CLASS (self)->enable (self, host, settings, error))
    return TRUE;
  g_clear_object (&priv->host);
  return FALSE;
}

void
belfry_plugin_disable (BelfryPlugin *self)
{
  BelfryPluginPrivate *priv = belfry_plugin_get_instance_private (self);

  g_return_if_fail (BELFRY_IS_PLUGIN (self));
  if (priv->host == NULL)
    return;
  BELFRY_PLUGIN_GET_CLASS (self)->disable (self);
  g_clear_object (&priv->host);
}

gboolean
belfry_plugin_check (BelfryPlugin *self, BelfryPluginSettings *settings, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_PLUGIN (self), FALSE);
  g_return_val_if_fail (settings != NULL, FALSE);

  return BELFRY_PLUGIN_GET_CLASS (self)->check (self, settings, error);
}

void
belfry_plugin_apply (BelfryPlugin *self, BelfryPluginSettings *settings)
{
  g_return_if_fail (BELFRY_IS_PLUGIN (self));
  g_return_if_fail (settings != NULL);
  g_return_if_fail (belfry_plugin_get_host (self) != NULL);

  BELFRY_PLUGIN_GET_CLASS (self)->apply (self, settings);
}

BelfryPluginHost *
belfry_plugin_get_host (BelfryPlugin *self)
{
  BelfryPluginPrivate *priv = belfry_plugin_get_instance_private (self);

  g_return_val_if_fail (BELFRY_IS_PLUGIN (self), NULL);
  return priv->host;
}
