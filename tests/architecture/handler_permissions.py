"""What CloudFormation calls for whoever changes a stack, by type of resource.

From the handlers of the registry's schemas (`aws cloudformation describe-type --type RESOURCE --type-name …`) and, for
types without one, from their API: what the properties in our templates need, and what reading a resource always needs.
"""

from __future__ import annotations

_READ_BUCKET = """
GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketCORS GetBucketLogging GetBucketNotification
GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPublicAccessBlock GetBucketTagging
GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
"""
_BY_TYPE = {
    "AWS::CloudWatch::Alarm": {
        "cloudwatch": "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
    },
    "AWS::CloudWatch::Dashboard": {"cloudwatch": "DeleteDashboards GetDashboard PutDashboard"},
    "AWS::DynamoDB::Table": {
        "dynamodb": """CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights
        DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive GetResourcePolicy ListTagsOfResource
        TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive""",
    },
    "AWS::ECR::Repository": {
        "ecr": """CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy DescribeRepositories
        GetLifecyclePolicy GetRepositoryPolicy ListTagsForResource PutImageScanningConfiguration PutImageTagMutability
        PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource""",
    },
    "AWS::IAM::Role": {
        "iam": """CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies
        PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole
        UpdateRoleDescription""",
    },
    "AWS::Lambda::Function": {
        "lambda": """CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig
        GetLayerVersion GetRuntimeManagementConfig ListTags TagResource UntagResource UpdateFunctionCode
        UpdateFunctionConfiguration""",
        "iam": "PassRole",
        "s3": "GetObject",
    },
    "AWS::Logs::LogGroup": {
        "logs": """CreateLogGroup DeleteLogGroup DescribeLogGroups GetDataProtectionPolicy ListTagsForResource
        PutRetentionPolicy TagResource UntagResource""",
    },
    "AWS::S3::Bucket": {
        "s3": f"""CreateBucket DeleteBucket PutBucketOwnershipControls PutBucketPublicAccessBlock PutBucketTagging
        PutEncryptionConfiguration PutLifecycleConfiguration {_READ_BUCKET}""",
    },
    "AWS::S3::BucketPolicy": {"s3": "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy"},
    "AWS::SNS::Subscription": {"sns": "GetSubscriptionAttributes ListSubscriptionsByTopic Subscribe Unsubscribe"},
    "AWS::SNS::Topic": {
        "sns": """CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic
        ListTagsForResource SetTopicAttributes TagResource UntagResource""",
    },
    "AWS::SNS::TopicPolicy": {"sns": "SetTopicAttributes"},
    "AWS::SQS::Queue": {
        "sqs": """CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue
        UntagQueue""",
    },
    "AWS::SQS::QueuePolicy": {"sqs": "SetQueueAttributes"},
    "AWS::StepFunctions::StateMachine": {
        "states": """CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource TagResource
        UntagResource UpdateStateMachine""",
        "iam": "PassRole",
        "s3": "GetObject",
    },
}
BY_TYPE: dict[str, set[str]] = {
    kind: {f"{service}:{name}" for service, names in given.items() for name in names.split()}
    for kind, given in _BY_TYPE.items()
}
"""Actions."""
