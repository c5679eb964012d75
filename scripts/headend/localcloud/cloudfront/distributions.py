"""Distributions as the API keeps them: configurations checked and completed, versions, deployment, invalidations.

Adds to moto: origin groups as the target of a cache behavior, everything else that a configuration holds, If-Match,
the rule that only a disabled and deployed distribution is deleted, and CloudFront's refusals.

Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from headend.localcloud.cloudfront.distribution_checks import check, completed
from headend.localcloud.cloudfront.errors import CloudFrontError
from headend.localcloud.cloudfront.function_requests import FunctionRequests
from headend.localcloud.cloudfront.policies import Policies
from headend.localcloud.cloudfront.records import (
    Config,
    LiveDistribution,
    backend,
    check_match,
    distributions,
    items,
    new_id,
)

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Parameters = Mapping[str, Any]
Watcher = Callable[[LiveDistribution], None]
DEPLOYMENT_SECONDS = 1.0
"""How long a change is InProgress. Minutes on AWS."""
SUMMARY = (
    "Aliases",
    "Origins",
    "OriginGroups",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Comment",
    "PriceClass",
    "Enabled",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
    "IsIPV6Enabled",
    "Staging",
)


class Distributions:
    """The operations on distributions and their invalidations."""

    def __init__(self, cloud: LocalCloudServer, policies: Policies, functions: FunctionRequests) -> None:
        self._cloud = cloud
        self._policies = policies
        self._functions = functions
        self.on_change: list[Watcher] = []
        """Told of each distribution that is made or changed."""
        self.on_delete: list[Watcher] = []
        self.on_invalidation: list[Callable[[LiveDistribution, list[str]], None]] = []

    def operations(self) -> Iterator[tuple[str, Callable[[Parameters], Config]]]:
        """(operation, handler) of each."""
        yield "CreateDistribution", lambda given: self.create(given["DistributionConfig"], [])
        yield "CreateDistributionWithTags", self._create_with_tags
        yield "GetDistribution", self.get
        yield "GetDistributionConfig", self.get_config
        yield "UpdateDistribution", self.update
        yield "DeleteDistribution", self.delete
        yield "ListDistributions", self.list_all
        yield "CreateInvalidation", self.invalidate
        yield "GetInvalidation", self.get_invalidation
        yield "ListInvalidations", self.list_invalidations

    def create(self, given: Parameters, tags: list[Config]) -> Config:
        """Create a distribution; its caller reference must be new."""
        config = self._checked(given)
        for one in self._kept().values():
            if one.config["CallerReference"] == config["CallerReference"]:
                raise CloudFrontError(
                    "DistributionAlreadyExists", f"The caller reference is that of another distribution: {one.id}"
                )
        cloud = self._cloud
        deployed = cloud.clock.time() + DEPLOYMENT_SECONDS
        record = LiveDistribution(config, cloud.clock.now(), cloud.account_id, deployed)
        self._kept()[record.id] = record
        backend(cloud.account_id).tagger.tag_resource(record.arn, tags)
        for watcher in self.on_change:
            watcher(record)
        location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{record.id}"
        return {"Distribution": self._described(record), "ETag": record.etag, "Location": location}

    def _create_with_tags(self, given: Parameters) -> Config:
        both = given["DistributionConfigWithTags"]
        return self.create(both["DistributionConfig"], items(both.get("Tags")))

    def get(self, given: Parameters) -> Config:
        """A distribution with its status."""
        record = self._found(given["Id"])
        return {"Distribution": self._described(record), "ETag": record.etag}

    def get_config(self, given: Parameters) -> Config:
        """The configuration alone."""
        record = self._found(given["Id"])
        return {"DistributionConfig": record.config, "ETag": record.etag}

    def update(self, given: Parameters) -> Config:
        """Replace the configuration as a whole."""
        record = self._found(given["Id"])
        check_match(record.etag, given.get("IfMatch"))
        config = self._checked(given["DistributionConfig"])
        if config["CallerReference"] != record.config["CallerReference"]:
            raise CloudFrontError("IllegalUpdate", "The caller reference of a distribution cannot be changed.")
        record.change(config, self._cloud.clock.now())
        record.deployed_at = self._cloud.clock.time() + DEPLOYMENT_SECONDS
        for watcher in self.on_change:
            watcher(record)
        return {"Distribution": self._described(record), "ETag": record.etag}

    def delete(self, given: Parameters) -> Config:
        """Delete a distribution that is disabled, and whose disabling is deployed.

        Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteDistribution.html
        """
        record = self._found(given["Id"])
        check_match(record.etag, given.get("IfMatch"))
        if record.config["Enabled"] or self._status(record) != "Deployed":
            raise CloudFrontError(
                "DistributionNotDisabled", "The distribution you are trying to delete has not been disabled."
            )
        del self._kept()[record.id]
        for watcher in self.on_delete:
            watcher(record)
        return {}

    def list_all(self, _: Parameters) -> Config:
        """All distributions."""
        found = [self._summary(record) for record in self._kept().values()]
        block = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(found), "Items": found}
        return {"DistributionList": block}

    def invalidate(self, given: Parameters) -> Config:
        """Remove paths from the caches."""
        record = self._found(given["DistributionId"])
        batch = given["InvalidationBatch"]
        paths = items(batch["Paths"])
        if any(not str(path).startswith("/") for path in paths) or not paths:
            raise CloudFrontError("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
        for known in record.invalidations.values():
            if known["InvalidationBatch"]["CallerReference"] == batch["CallerReference"]:
                if items(known["InvalidationBatch"]["Paths"]) != paths:
                    raise CloudFrontError(
                        "InvalidArgument",
                        "Your request contains a caller reference that was used for a previous invalidation batch.",
                    )
                return {"Invalidation": known, "Location": _location(record, known["Id"])}
        made: Config = {
            "Id": "I" + new_id()[1:],
            "Status": "Completed",
            "CreateTime": self._cloud.clock.now(),
            "InvalidationBatch": {
                "Paths": {"Quantity": len(paths), "Items": paths},
                "CallerReference": batch["CallerReference"],
            },
        }
        record.invalidations[made["Id"]] = made
        for watcher in self.on_invalidation:
            watcher(record, [str(path) for path in paths])
        return {"Invalidation": made, "Location": _location(record, made["Id"])}

    def get_invalidation(self, given: Parameters) -> Config:
        """One invalidation."""
        found = self._found(given["DistributionId"]).invalidations.get(given["Id"])
        if found is None:
            raise CloudFrontError("NoSuchInvalidation", "The specified invalidation does not exist.")
        return {"Invalidation": found}

    def list_invalidations(self, given: Parameters) -> Config:
        """The invalidations of a distribution, the newest first."""
        made = list(self._found(given["DistributionId"]).invalidations.values())[::-1]
        found = [{name: one[name] for name in ("Id", "CreateTime", "Status")} for one in made]
        block = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(found), "Items": found}
        return {"InvalidationList": block}

    # Inside

    def _kept(self) -> dict[str, LiveDistribution]:
        return distributions(self._cloud.account_id)

    def _found(self, identifier: str) -> LiveDistribution:
        record = self._kept().get(identifier)
        if record is None:
            raise CloudFrontError("NoSuchDistribution", "The specified distribution does not exist.")
        return record

    def _checked(self, given: Parameters) -> Config:
        config = completed(given)
        check(config, self._policies, self._functions)
        return config

    def _status(self, record: LiveDistribution) -> str:
        return "Deployed" if self._cloud.clock.time() >= record.deployed_at else "InProgress"

    def _described(self, record: LiveDistribution) -> Config:
        nobody = {"Enabled": False, "Quantity": 0}
        return {
            "Id": record.id,
            "ARN": record.arn,
            "Status": self._status(record),
            "LastModifiedTime": record.modified,
            "InProgressInvalidationBatches": 0,
            "DomainName": record.domain_name,
            "ActiveTrustedSigners": nobody,
            "ActiveTrustedKeyGroups": nobody,
            "DistributionConfig": record.config,
        }

    def _summary(self, record: LiveDistribution) -> Config:
        return {
            "Id": record.id,
            "ARN": record.arn,
            "ETag": record.etag,
            "Status": self._status(record),
            "LastModifiedTime": record.modified,
            "DomainName": record.domain_name,
            **{name: record.config[name] for name in SUMMARY},
        }


def _location(record: LiveDistribution, identifier: str) -> str:
    return f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{record.id}/invalidation/{identifier}"
