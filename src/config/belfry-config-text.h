/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The small languages of single words in a configuration: each takes one word and gives the one way
 * to write it, or %NULL if it is none. (transfer full) (nullable) */

/**
 * belfry_config_parse_origin:
 *
 * Takes an asterisk, or `SCHEME://HOST[:PORT]`, where the host may begin with an asterisk and a
 * dot. A scheme's own port is left out, as browsers do.
 */
char *belfry_config_parse_origin (const char *word);

/* An IP address, a network in CIDR form, or `unix`. */
char *belfry_config_parse_network (const char *word);

/* A plugin's name: lower-case letters, digits and dashes. */
char *belfry_config_parse_name (const char *word);

char *belfry_config_parse_path (const char *word);

/* A systemd credential's name. */
char *belfry_config_parse_credential (const char *word);

/**
 * belfry_config_parse_url:
 * @schemes: (array zero-terminated=1): those that are allowed; one that ends in `+unix` wants a
 * path instead of a host
 *
 * Takes the address of a Redis server. What is wrong is not said: a URL may hold a password.
 */
char *belfry_config_parse_url (const char *word, const char *const *schemes);

/**
 * belfry_config_redact_url:
 *
 * Returns: (transfer full): the URL with `***` for its password
 */
char *belfry_config_redact_url (const char *url);

/**
 * belfry_config_hide_credentials:
 * @text: any text, which may have URLs in it
 *
 * Returns: (transfer full): the text with `***` for all between the first `://` and the last `@`,
 * however wrong the URL is
 */
char *belfry_config_hide_credentials (const char *text);

/* Whether the name of an instance, or a text, can be what it is for. */
gboolean belfry_config_is_endpoint_path (const char *text);
gboolean belfry_config_is_topic_pattern (const char *text);
gboolean belfry_config_has_control (const char *text);

G_END_DECLS
