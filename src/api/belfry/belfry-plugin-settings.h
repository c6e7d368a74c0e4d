/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-visibility.h>

G_BEGIN_DECLS

/**
 * BelfryPluginSettings:
 *
 * A plugin's group of the configuration: `[plugin NAME]`.
 *
 * Immutable and reference-counted; main thread. Every getter takes note that its key is known; a
 * key that nobody asked for is reported to the administrator as unknown once the plugin has said
 * yes to its settings. So [vfunc@Belfry.Plugin.check] asks for every key that there is.
 *
 * Getters that can fail do so with [error@Belfry.PluginError.SETTING] and name file, line, key and
 * what is expected.
 */
typedef struct _BelfryPluginSettings BelfryPluginSettings;

#define BELFRY_TYPE_PLUGIN_SETTINGS (belfry_plugin_settings_get_type ())
BELFRY_API
GType belfry_plugin_settings_get_type (void);

/**
 * belfry_plugin_settings_ref:
 * @self: settings
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
BELFRY_API
BelfryPluginSettings *belfry_plugin_settings_ref (BelfryPluginSettings *self);

/**
 * belfry_plugin_settings_unref:
 * @self: (transfer full): settings
 *
 * Drops a reference.
 */
BELFRY_API
void belfry_plugin_settings_unref (BelfryPluginSettings *self);

/**
 * belfry_plugin_settings_get_text:
 * @self: settings
 * @key: a key
 * @fallback: (nullable): what it is if it is not set
 *
 * Gets a text.
 *
 * Returns: (transfer none) (nullable): the text as it is written, or @fallback
 */
BELFRY_API
const char *
belfry_plugin_settings_get_text (BelfryPluginSettings *self, const char *key, const char *fallback);

/**
 * belfry_plugin_settings_get_boolean:
 * @self: settings
 * @key: a key
 * @fallback: what it is if it is not set
 * @value: (out): what it is
 * @error: where to put [error@Belfry.PluginError.SETTING]
 *
 * Gets a yes or a no; "true", "on" and "1" are as good, as are "false", "off" and "0".
 *
 * Returns: whether @value was set
 */
BELFRY_API
gboolean belfry_plugin_settings_get_boolean (BelfryPluginSettings *self,
                                             const char *key,
                                             gboolean fallback,
                                             gboolean *value,
                                             GError **error);

/**
 * belfry_plugin_settings_get_integer:
 * @self: settings
 * @key: a key
 * @minimum: the least that is allowed
 * @maximum: the most that is allowed
 * @fallback: what it is if it is not set
 * @value: (out): the number
 * @error: where to put [error@Belfry.PluginError.SETTING]
 *
 * Gets a whole number, written as digits, with a minus sign before them if need be.
 *
 * Returns: whether @value was set
 */
BELFRY_API
gboolean belfry_plugin_settings_get_integer (BelfryPluginSettings *self,
                                             const char *key,
                                             gint64 minimum,
                                             gint64 maximum,
                                             gint64 fallback,
                                             gint64 *value,
                                             GError **error);

/**
 * belfry_plugin_settings_get_duration:
 * @self: settings
 * @key: a key
 * @minimum: the least that is allowed
 * @maximum: the most that is allowed
 * @fallback: what it is if it is not set
 * @value: (out): microseconds
 * @error: where to put [error@Belfry.PluginError.SETTING]
 *
 * Gets a duration, written as a number with "ms", "s", "min" or "h" behind it, or 0.
 *
 * Returns: whether @value was set
 */
BELFRY_API
gboolean belfry_plugin_settings_get_duration (BelfryPluginSettings *self,
                                              const char *key,
                                              gint64 minimum,
                                              gint64 maximum,
                                              gint64 fallback,
                                              gint64 *value,
                                              GError **error);

/**
 * belfry_plugin_settings_get_size:
 * @self: settings
 * @key: a key
 * @minimum: the least that is allowed
 * @maximum: the most that is allowed
 * @fallback: what it is if it is not set
 * @value: (out): bytes
 * @error: where to put [error@Belfry.PluginError.SETTING]
 *
 * Gets a size, written as a number with "KiB", "MiB", "GiB" or nothing behind it.
 *
 * Returns: whether @value was set
 */
BELFRY_API
gboolean belfry_plugin_settings_get_size (BelfryPluginSettings *self,
                                          const char *key,
                                          gint64 minimum,
                                          gint64 maximum,
                                          gint64 fallback,
                                          gint64 *value,
                                          GError **error);

/**
 * belfry_plugin_settings_get_list:
 * @self: settings
 * @key: a key
 *
 * Gets what is separated by commas or white space.
 *
 * Returns: (transfer full) (array zero-terminated=1): the words; none if it is not set
 */
BELFRY_API
char **belfry_plugin_settings_get_list (BelfryPluginSettings *self, const char *key);

/**
 * belfry_plugin_settings_get_secret:
 * @self: settings
 * @key: a key
 * @error: where to put [error@Belfry.PluginError.SETTING]
 *
 * Gets a secret, which is written as KEY, or in a file that `KEY-file` names, or in the systemd
 * credential that `KEY-credential` names. Of a key that is called "secret" the last is called
 * "credential". A line end at the end of a file is no part of it.
 *
 * The file is read there and then, so this is for [vfunc@Belfry.Plugin.check] and
 * [vfunc@Belfry.Plugin.enable].
 *
 * Returns: (transfer full) (nullable): its bytes, in memory that is wiped when it is freed; %NULL
 *   without an error if none is set
 */
BELFRY_API
GBytes *
belfry_plugin_settings_get_secret (BelfryPluginSettings *self, const char *key, GError **error);

/**
 * belfry_plugin_settings_new_error:
 * @self: settings
 * @key: a key
 * @message: what is wrong with it, and what was expected
 *
 * Makes an error that has file, line and key in front of the message.
 *
 * Returns: (transfer full): [error@Belfry.PluginError.SETTING]
 */
BELFRY_API
GError *
belfry_plugin_settings_new_error (BelfryPluginSettings *self, const char *key, const char *message);

/**
 * belfry_plugin_settings_set_error: (skip)
 * @self: settings
 * @error: (nullable): where to put the error
 * @key: a key
 * @message: what is wrong with it, and what was expected
 *
 * belfry_plugin_settings_new_error(), put where C has its errors.
 */
BELFRY_API
void belfry_plugin_settings_set_error (BelfryPluginSettings *self,
                                       GError **error,
                                       const char *key,
                                       const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryPluginSettings, belfry_plugin_settings_unref)

G_END_DECLS
