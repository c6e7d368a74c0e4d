/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-json-read.h"
#include "belfry-position.h"

G_BEGIN_DECLS

/* Bytes of an id as it is written: it is echoed, and kept while the request is under way. */
#define BELFRY_DIALECT_ID_MAX 128

/* Bytes of a token: as much as a request's head may have. */
#define BELFRY_DIALECT_TOKEN_MAX 16384

/* Stands for a position that is not ours: no topic's epoch, but by a chance of one in 2^64. */
#define BELFRY_DIALECT_FOREIGN_EPOCH G_MAXUINT64

/**
 * BelfryDialectName:
 *
 * Every name that a member of a request can have, in any dialect that is JSON.
 */
typedef enum
{
  BELFRY_DIALECT_ACTION,
  BELFRY_DIALECT_CONTEXT,
  BELFRY_DIALECT_DATA,
  BELFRY_DIALECT_ENCODING,
  BELFRY_DIALECT_ID,
  BELFRY_DIALECT_LIMIT,
  BELFRY_DIALECT_PAYLOAD,
  BELFRY_DIALECT_SESSION,
  BELFRY_DIALECT_SINCE,
  BELFRY_DIALECT_TOKEN,
  BELFRY_DIALECT_TOPIC,
  BELFRY_DIALECT_TOPICS,
  BELFRY_DIALECT_TYPE,
  BELFRY_DIALECT_N_NAMES,
} BelfryDialectName;

/**
 * BelfryDialectRead:
 *
 * The members of a request, as places in its text: found in one walk, the last of those that have
 * the same name. Lives on the stack and owns nothing.
 */
typedef struct
{
  const char *text; /* (unowned) */
  BelfryJsonMember members[BELFRY_DIALECT_N_NAMES];
} BelfryDialectRead;

/**
 * belfry_dialect_read_init:
 * @bytes: (array length=length): any bytes, which must outlive the reader
 * @error: %BELFRY_ERROR_BAD_REQUEST, or %BELFRY_ERROR_TOO_LARGE if nested too deep
 *
 * Returns: whether the text is a JSON object
 */
gboolean belfry_dialect_read_init (BelfryDialectRead *self,
                                   const guint8 *bytes,
                                   gsize length,
                                   GError **error);

/* What the member is called. */
const char *belfry_dialect_name (BelfryDialectName name);

/**
 * belfry_dialect_read_has:
 *
 * Returns: whether the member is there and says something: `null` is like nothing
 */
gboolean belfry_dialect_read_has (const BelfryDialectRead *self, BelfryDialectName name);

/* Whether the member is a string that means @text. */
gboolean
belfry_dialect_read_equal (const BelfryDialectRead *self, BelfryDialectName name, const char *text);

/**
 * belfry_dialect_read_id:
 * @id: (out) (nullable): the id as the client wrote it: a number or a string, in JSON; %NULL if
 * there is none
 */
gboolean belfry_dialect_read_id (const BelfryDialectRead *self, char **id, GError **error);

/**
 * belfry_dialect_dup_topic:
 *
 * Which topics are valid is not judged here. One that is too long may come shortened, but still too
 * long; U+0000, which cannot be kept, becomes another control character, which is as invalid.
 *
 * Returns: (transfer full) (nullable): what the string says, or %NULL if it is not a string
 */
char *belfry_dialect_dup_topic (const char *text, const BelfryJsonMember *string);

/**
 * belfry_dialect_read_token:
 *
 * No error tells anything of what the token is.
 *
 * Returns: (transfer full) (nullable): the token, or %NULL with an error
 */
char *
belfry_dialect_read_token (const BelfryDialectRead *self, BelfryDialectName name, GError **error);

/**
 * belfry_dialect_read_payload:
 * @max: how many bytes it may have
 *
 * The payload is the value as it is written, or what `encoding` makes of it: with `text` what the
 * string means, with `base64` the bytes it stands for.
 *
 * Returns: (transfer full) (nullable): the payload, or %NULL with an error
 */
GBytes *belfry_dialect_read_payload (const BelfryDialectRead *self,
                                     BelfryDialectName name,
                                     gsize max,
                                     GError **error);

/**
 * belfry_dialect_read_position:
 * @object: an `{"offset":N,"epoch":"E"}`
 *
 * A text that is no epoch of ours gives an epoch that is no topic's: a client that was elsewhere
 * before has lost its position, and made no mistake.
 */
gboolean belfry_dialect_read_position (const char *text,
                                       const BelfryJsonMember *object,
                                       BelfryPosition *position,
                                       GError **error);

/* A count that is not negative; 0 if it is not there. */
gboolean belfry_dialect_read_limit (const BelfryDialectRead *self, guint *limit, GError **error);

G_END_DECLS
