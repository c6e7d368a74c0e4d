/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BELFRY_CONFIG_LISTEN_TCP,
  BELFRY_CONFIG_LISTEN_UNIX,
  BELFRY_CONFIG_LISTEN_SYSTEMD,
} BelfryConfigListenKind;

/**
 * BelfryConfigListen:
 *
 * One entry of `[server] listen`. Immutable.
 */
typedef struct
{
  BelfryConfigListenKind kind;
  gboolean tls;
  char *host;   /* (owned) (nullable): TCP; an address or a name; %NULL is every address */
  guint16 port; /* TCP; 0 is any that is free */
  char *path;   /* (owned) (nullable): unix; absolute */
  char *name;   /* (owned) (nullable): systemd; the descriptor's name; %NULL is all of them */
} BelfryConfigListen;

/**
 * belfry_config_listen_parse:
 *
 * Returns: (transfer full) (nullable): what @text says, or %NULL if it is no address to listen on
 */
BelfryConfigListen *belfry_config_listen_parse (const char *text);
void belfry_config_listen_free (BelfryConfigListen *self);

/**
 * belfry_config_listen_to_string:
 *
 * Returns: (transfer full): the one way to write the address, which parses to its equal
 */
char *belfry_config_listen_to_string (const BelfryConfigListen *self);

/**
 * belfry_config_listen_overlaps:
 *
 * Returns: whether both would open the same socket; port 0 never does
 */
gboolean belfry_config_listen_overlaps (const BelfryConfigListen *a, const BelfryConfigListen *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConfigListen, belfry_config_listen_free)

G_END_DECLS
