/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Nobody's protocol nests deeper by hand, and a recursive parser is far from its stack's end. */
#define BELFRY_JSON_DEFAULT_DEPTH 64

/* A request or a payload that is larger is a mistake or an attack. */
#define BELFRY_JSON_DEFAULT_LENGTH (1024 * 1024)

/* What the scanner can keep track of, whatever the caller allows. */
#define BELFRY_JSON_DEPTH_CEILING 1024

/**
 * BelfryJsonKind:
 *
 * What a JSON value is.
 */
typedef enum
{
  BELFRY_JSON_NONE, /* not a value */
  BELFRY_JSON_OBJECT,
  BELFRY_JSON_ARRAY,
  BELFRY_JSON_STRING,
  BELFRY_JSON_NUMBER,
  BELFRY_JSON_TRUE,
  BELFRY_JSON_FALSE,
  BELFRY_JSON_NULL,
} BelfryJsonKind;

/**
 * BelfryJsonFault:
 *
 * Why a text was refused.
 */
typedef enum
{
  BELFRY_JSON_FAULT_NONE,
  BELFRY_JSON_FAULT_TOO_LONG,
  BELFRY_JSON_FAULT_TOO_DEEP,
  BELFRY_JSON_FAULT_EMPTY,     /* white space at most */
  BELFRY_JSON_FAULT_TRUNCATED, /* could be the beginning of a good text */
  BELFRY_JSON_FAULT_VALUE,     /* no value begins like this; a byte order mark is the same */
  BELFRY_JSON_FAULT_LITERAL,
  BELFRY_JSON_FAULT_NUMBER,
  BELFRY_JSON_FAULT_NAME,
  BELFRY_JSON_FAULT_COLON,
  BELFRY_JSON_FAULT_COMMA,
  BELFRY_JSON_FAULT_CONTROL,
  BELFRY_JSON_FAULT_ESCAPE,
  BELFRY_JSON_FAULT_SURROGATE,
  BELFRY_JSON_FAULT_UTF8,
  BELFRY_JSON_FAULT_TRAILING,
} BelfryJsonFault;
#define BELFRY_JSON_N_FAULTS (BELFRY_JSON_FAULT_TRAILING + 1)

/**
 * BelfryJsonLimits:
 *
 * How large a text may be. A scalar has depth 0, an array of scalars depth 1. No depth above
 * %BELFRY_JSON_DEPTH_CEILING is ever allowed.
 */
typedef struct
{
  gsize max_length;
  guint max_depth;
} BelfryJsonLimits;

/**
 * BelfryJsonScan:
 *
 * What the scanner found. Of a text that was refused, only the fault and its place are set.
 */
typedef struct
{
  BelfryJsonFault fault;
  gsize offset; /* the byte that cannot stand where it stands; the length of a text that is cut */
  BelfryJsonKind kind;
  guint depth;
} BelfryJsonScan;

/**
 * belfry_json_scan:
 * @text: (array length=length): any bytes; no terminator is needed
 * @length: how many
 * @limits: (nullable): what to allow, %NULL for the defaults
 * @scan: (out caller-allocates): what was found
 *
 * Decides whether @text is exactly one JSON value as of RFC 8259, in UTF-8, with white space around
 * it at most. What is accepted can be handed to a recursive parser and can stand in any JSON text
 * wherever a value can.
 *
 * In one point the scanner is stricter than the grammar: an escape for half a surrogate pair is
 * refused. Such a string has no UTF-8 form; the standard calls the effect of it unpredictable, and
 * json-glib makes invalid UTF-8 of it.
 *
 * Names may repeat in an object; see belfry-json-read.h. Neither allocates nor recurses; any
 * thread.
 *
 * Returns: whether it is
 */
gboolean belfry_json_scan (const char *text,
                           gsize length,
                           const BelfryJsonLimits *limits,
                           BelfryJsonScan *scan);

/**
 * belfry_json_fault_text:
 *
 * Returns: (transfer none): a phrase that goes with "not JSON:"
 */
const char *belfry_json_fault_text (BelfryJsonFault fault);

/**
 * belfry_json_set_error:
 * @error: (nullable): where to put it
 * @scan: of a text that was refused
 *
 * Sets %BELFRY_ERROR_TOO_LARGE or %BELFRY_ERROR_BAD_REQUEST, with the reason and the place.
 */
void belfry_json_set_error (GError **error, const BelfryJsonScan *scan);

G_END_DECLS
