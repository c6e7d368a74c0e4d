/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <belfry/belfry-plugin.h>

G_BEGIN_DECLS

/**
 * BELFRY_PLUGIN_MAGIC:
 *
 * By which a descriptor is recognized before anything else in it is believed.
 */
#define BELFRY_PLUGIN_MAGIC 0x42465259u

/**
 * BELFRY_PLUGIN_ABI_MAJOR:
 *
 * Changes when old plugins would not work any more.
 */
#define BELFRY_PLUGIN_ABI_MAJOR 1

/**
 * BELFRY_PLUGIN_ABI_MINOR:
 *
 * Grows when something is added, so that newer plugins would not work with an older service.
 */
#define BELFRY_PLUGIN_ABI_MINOR 0

/**
 * BelfryPluginKinds:
 * @BELFRY_PLUGIN_AUTHORIZER: [iface@Belfry.Authorizer]
 * @BELFRY_PLUGIN_TOPIC_POLICY: [iface@Belfry.TopicPolicy]
 * @BELFRY_PLUGIN_MESSAGE_FILTER: [iface@Belfry.MessageFilter]
 * @BELFRY_PLUGIN_MEMBERSHIP: [iface@Belfry.Membership]
 * @BELFRY_PLUGIN_HTTP_ROUTES: [iface@Belfry.HttpRoutes]
 *
 * What a plugin implements; checked against the object that it yields.
 */
typedef enum
{
  BELFRY_PLUGIN_AUTHORIZER = 1 << 0,
  BELFRY_PLUGIN_TOPIC_POLICY = 1 << 1,
  BELFRY_PLUGIN_MESSAGE_FILTER = 1 << 2,
  BELFRY_PLUGIN_MEMBERSHIP = 1 << 3,
  BELFRY_PLUGIN_HTTP_ROUTES = 1 << 4,
} BelfryPluginKinds;

/**
 * BelfryPluginDescriptor: (skip)
 * @magic: BELFRY_PLUGIN_MAGIC
 * @abi_major: which must be the service's
 * @abi_minor: which must not be above the service's
 * @struct_size: of this, as the plugin knows it
 * @kinds: what the plugin is
 * @name: the name under which it is configured and its file is found
 * @version: its own
 * @licence: as an SPDX expression
 * @get_type: the class of the plugin's object, derived from #BelfryPlugin
 *
 * The one symbol that a plugin exports, as `belfry_plugin_descriptor`.
 */
typedef struct
{
  guint32 magic;
  guint16 abi_major;
  guint16 abi_minor;
  guint32 struct_size;
  guint32 kinds;
  const char *name;    /* (unowned) */
  const char *version; /* (unowned) */
  const char *licence; /* (unowned) */
  GType (*get_type) (void);
} BelfryPluginDescriptor;

/**
 * BELFRY_PLUGIN_DESCRIPTOR_SYMBOL:
 *
 * What the descriptor is called.
 */
#define BELFRY_PLUGIN_DESCRIPTOR_SYMBOL "belfry_plugin_descriptor"

/**
 * BELFRY_DEFINE_PLUGIN: (skip)
 * @NAME: the plugin's name, a string
 * @VERSION: its version, a string
 * @LICENCE: its licence, an SPDX expression
 * @KINDS: #BelfryPluginKinds
 * @get_type_func: the class's get_type function
 *
 * Defines the descriptor; to be used once.
 */
#define BELFRY_DEFINE_PLUGIN(NAME, VERSION, LICENCE, KINDS, get_type_func)                         \
  BELFRY_API extern const BelfryPluginDescriptor belfry_plugin_descriptor;                         \
  const BelfryPluginDescriptor belfry_plugin_descriptor = {                                        \
    .magic = BELFRY_PLUGIN_MAGIC,                                                                  \
    .abi_major = BELFRY_PLUGIN_ABI_MAJOR,                                                          \
    .abi_minor = BELFRY_PLUGIN_ABI_MINOR,                                                          \
    .struct_size = sizeof (BelfryPluginDescriptor),                                                \
    .kinds = (KINDS),                                                                              \
    .name = (NAME),                                                                                \
    .version = (VERSION),                                                                          \
    .licence = (LICENCE),                                                                          \
    .get_type = (get_type_func),                                                                   \
  }

G_END_DECLS
