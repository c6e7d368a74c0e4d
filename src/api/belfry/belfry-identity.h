/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <glib-object.h>

#include <belfry/belfry-enums.h>

G_BEGIN_DECLS

/**
 * BELFRY_IDENTITY_MAX_NAME:
 *
 * How many bytes a subject, a role, a claim's name, a grant or a token's name has at most.
 */
#define BELFRY_IDENTITY_MAX_NAME 255

/**
 * BELFRY_IDENTITY_MAX_ENTRIES:
 *
 * How many roles, claims and grants there are at most, together.
 */
#define BELFRY_IDENTITY_MAX_ENTRIES 512

/**
 * BELFRY_IDENTITY_MAX_SIZE:
 *
 * How many bytes all texts of an identity have at most, together: ten thousand are kept in memory.
 */
#define BELFRY_IDENTITY_MAX_SIZE 32768

/**
 * BelfryIdentity:
 *
 * Who somebody is: what an authorizer makes of credentials.
 *
 * Immutable, atomically reference-counted; any thread. Made by a [struct@Belfry.IdentityBuilder].
 */
typedef struct _BelfryIdentity BelfryIdentity;

#define BELFRY_TYPE_IDENTITY (belfry_identity_get_type ())
BELFRY_API
GType belfry_identity_get_type (void);

/**
 * belfry_identity_ref:
 * @self: an identity
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
BELFRY_API
BelfryIdentity *belfry_identity_ref (BelfryIdentity *self);

/**
 * belfry_identity_unref:
 * @self: (transfer full): an identity
 *
 * Drops a reference.
 */
BELFRY_API
void belfry_identity_unref (BelfryIdentity *self);

/**
 * belfry_identity_get_subject:
 * @self: an identity
 *
 * Gets the user's name.
 *
 * Returns: (transfer none): the name, never empty
 */
BELFRY_API
const char *belfry_identity_get_subject (const BelfryIdentity *self);

/**
 * belfry_identity_get_token_id:
 * @self: an identity
 *
 * Gets what identifies the token that this was made from, so that it can be revoked.
 *
 * Returns: (transfer none) (nullable): the token's name
 */
BELFRY_API
const char *belfry_identity_get_token_id (const BelfryIdentity *self);

/**
 * belfry_identity_get_info:
 * @self: an identity
 *
 * Gets what others may know of the user.
 *
 * Returns: (transfer none) (nullable): a JSON object
 */
BELFRY_API
const char *belfry_identity_get_info (const BelfryIdentity *self);

/**
 * belfry_identity_get_expiry:
 * @self: an identity
 *
 * Gets until when this is true.
 *
 * Returns: microseconds since 1970; 0 for ever
 */
BELFRY_API
gint64 belfry_identity_get_expiry (const BelfryIdentity *self);

/**
 * belfry_identity_has_role:
 * @self: an identity
 * @role: a role
 *
 * Asks for one role.
 *
 * Returns: whether the user has it
 */
BELFRY_API
gboolean belfry_identity_has_role (const BelfryIdentity *self, const char *role);

/**
 * belfry_identity_get_roles:
 * @self: an identity
 *
 * Gets the user's roles.
 *
 * Returns: (transfer none) (array zero-terminated=1): the roles, in the order they were given
 */
BELFRY_API
const char *const *belfry_identity_get_roles (const BelfryIdentity *self);

/**
 * belfry_identity_get_claim:
 * @self: an identity
 * @name: a claim's name
 *
 * Gets what is claimed of the user.
 *
 * Returns: (transfer none) (nullable): a string's own text, or JSON for all else
 */
BELFRY_API
const char *belfry_identity_get_claim (const BelfryIdentity *self, const char *name);

/**
 * belfry_identity_get_claims:
 * @self: an identity
 *
 * Gets all that is claimed of the user.
 *
 * Returns: (transfer none) (array zero-terminated=1): names and what is claimed in turn, ordered by
 * name
 */
BELFRY_API
const char *const *belfry_identity_get_claims (const BelfryIdentity *self);

/**
 * belfry_identity_get_grants:
 * @self: an identity
 * @action: what somebody wants to do
 *
 * Gets the topics with which the user may do that, without a policy being asked.
 *
 * Returns: (transfer none) (array zero-terminated=1): patterns, in the order they were given
 */
BELFRY_API
const char *const *belfry_identity_get_grants (const BelfryIdentity *self,
                                               BelfryTopicAction action);

/**
 * BelfryIdentityBuilder:
 *
 * Puts an identity together.
 *
 * What it is given may come from a stranger's token: anything that is too long, too much or not
 * UTF-8 is remembered, and [method@Belfry.IdentityBuilder.end] fails. Belongs to one thread.
 */
typedef struct _BelfryIdentityBuilder BelfryIdentityBuilder;

#define BELFRY_TYPE_IDENTITY_BUILDER (belfry_identity_builder_get_type ())
BELFRY_API
GType belfry_identity_builder_get_type (void);

/**
 * belfry_identity_builder_new:
 * @subject: the user's name, 1 to 255 bytes of UTF-8 without control characters
 *
 * Begins an identity.
 *
 * Returns: (transfer full): a builder
 */
BELFRY_API
BelfryIdentityBuilder *belfry_identity_builder_new (const char *subject);

/**
 * belfry_identity_builder_ref:
 * @self: a builder
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
BELFRY_API
BelfryIdentityBuilder *belfry_identity_builder_ref (BelfryIdentityBuilder *self);

/**
 * belfry_identity_builder_unref:
 * @self: (transfer full): a builder
 *
 * Drops a reference.
 */
BELFRY_API
void belfry_identity_builder_unref (BelfryIdentityBuilder *self);

/**
 * belfry_identity_builder_add_role:
 * @self: a builder
 * @role: a role, 1 to 255 bytes
 *
 * Gives the user a role.
 */
BELFRY_API
void belfry_identity_builder_add_role (BelfryIdentityBuilder *self, const char *role);

/**
 * belfry_identity_builder_add_claim:
 * @self: a builder
 * @name: the claim's name, 1 to 255 bytes, for the first time
 * @value: the text form of its value: a string's own text, or JSON for all else
 *
 * Adds a claim, for policies to look at.
 */
BELFRY_API
void belfry_identity_builder_add_claim (BelfryIdentityBuilder *self,
                                        const char *name,
                                        const char *value);

/**
 * belfry_identity_builder_add_grant:
 * @self: a builder
 * @action: what the user may do
 * @pattern: with which topics
 *
 * Allows something without a policy being asked.
 */
BELFRY_API
void belfry_identity_builder_add_grant (BelfryIdentityBuilder *self,
                                        BelfryTopicAction action,
                                        const char *pattern);

/**
 * belfry_identity_builder_set_expiry:
 * @self: a builder
 * @expires: microseconds since 1970; 0 for never
 *
 * Says until when the identity is true. The client is told some time before, and closed then.
 */
BELFRY_API
void belfry_identity_builder_set_expiry (BelfryIdentityBuilder *self, gint64 expires);

/**
 * belfry_identity_builder_set_token_id:
 * @self: a builder
 * @token_id: (nullable): what identifies the token, 1 to 255 bytes
 *
 * Names the token, so that it can be revoked.
 */
BELFRY_API
void belfry_identity_builder_set_token_id (BelfryIdentityBuilder *self, const char *token_id);

/**
 * belfry_identity_builder_set_info:
 * @self: a builder
 * @json: (nullable): a JSON object
 *
 * Says what others see of the user in presence lists.
 */
BELFRY_API
void belfry_identity_builder_set_info (BelfryIdentityBuilder *self, const char *json);

/**
 * belfry_identity_builder_end:
 * @self: a builder
 * @error: where to put [error@Belfry.PluginError.REFUSED] if something it was given cannot be part
 *   of an identity
 *
 * Makes the identity. The builder is empty afterwards but for the subject.
 *
 * Returns: (transfer full): the identity, or %NULL with an error
 */
BELFRY_API
BelfryIdentity *belfry_identity_builder_end (BelfryIdentityBuilder *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryIdentity, belfry_identity_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryIdentityBuilder, belfry_identity_builder_unref)

G_END_DECLS
